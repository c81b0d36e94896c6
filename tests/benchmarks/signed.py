"""The answer to ``approve`` with signed messages, beside the same without: two servers with workers, asked in turn."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from temporalio.client import Client

from console.operators.editing import NewOperator, add
from tests.benchmarks.approvals import PEOPLE, QUIET_SECONDS, approve, request
from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, milliseconds, percentile
from tests.benchmarks.place import Place
from tests.benchmarks.preparing import headless_workers
from workflows.approvals.client import ApprovalsClient, workflow_id
from workflows.runtime.signing import WORKERS, Signer, SigningInterceptor, key_file, read_key

ROUNDS = 5
CALLS = 40
"""Of each kind in a round, one at a time."""
AIM = 1.05

Say = Callable[[str], None]


class SignedPlace(Place):
    """A place where messages must be signed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name, roles in ((WORKERS, ["service", "send"]), ("ana", ["create"]), (PEOPLE[0], ["decide"])):
            add(folder / "operators.toml", folder, NewOperator(name, roles), datetime.now(UTC))

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of every process here, with ``more`` settings."""
        return super().environment(TCONSOLE_IDENTITY="signed", **more)

    def client(self, plain: Client, name: str) -> ApprovalsClient:
        """Return a client that signs as somebody."""
        signer = Signer()
        signer.hold(name, read_key(key_file(self.folder, name)))
        signer.use(name)
        config = plain.config()
        config["interceptors"] = [SigningInterceptor(plain.namespace, signer)]
        return ApprovalsClient(Client(**config))


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Measure calls of both kinds in turn."""
    signed, usual = SignedPlace(place.folder / "signed"), Place(place.folder / "open")
    with _served(signed) as signed_address, _served(usual) as open_address:
        return asyncio.run(_measure(signed, signed_address, open_address, say))


@contextmanager
def _served(place: Place) -> Iterator[str]:
    with bare_server(place) as address, headless_workers(place, address, stock=1):
        sample = [sys.executable, "-m", "workers", "store", "sample"]
        subprocess.run(sample, env=place.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        yield address


async def _measure(place: SignedPlace, signed_address: str, open_address: str, say: Say) -> Sequence[Figure]:
    plain, usual = await healthy(signed_address), await healthy(open_address)
    open_ = ApprovalsClient(usual)
    ours: list[float] = []
    others: list[float] = []
    ana, approver = place.client(plain, "ana"), place.client(plain, PEOPLE[0])
    for number in range(ROUNDS + 1):
        requests = [f"SIGNED-{number}-{each}" for each in range(CALLS)]
        names = [(await request(ana, name), await request(open_, name)) for name in requests]
        await asyncio.sleep(10 * QUIET_SECONDS)
        mine, theirs = list[float](), list[float]()
        calls = [(mine, approver, each[0]) for each in names], [(theirs, open_, each[1]) for each in names]
        for pair in zip(*calls, strict=True):
            for taken, approvals, name in pair if len(mine) % 2 else reversed(pair):  # neither is always the first
                taken.append(await approve(approvals, name))
                await asyncio.sleep(QUIET_SECONDS)
        if number:  # the first is to warm up
            ours, others = ours + mine, others + theirs
            say(f"round {number}: signed {milliseconds(median(mine))}, open {milliseconds(median(theirs))}")
        for client, name in [(plain, each[0]) for each in names] + [(usual, each[1]) for each in names]:
            await client.get_workflow_handle(workflow_id(name)).terminate()
    ratio = median(ours) / median(others)
    return [
        Figure(
            what="approve, signed",
            measured=f"median {milliseconds(median(ours))}, p99 {milliseconds(percentile(ours, 99))}",
            baseline=f"not signed: median {milliseconds(median(others))}, p99 {milliseconds(percentile(others, 99))}",
            against=f"{ratio:.3f} x",
            aim=f"{AIM} x at most",
            within=ratio <= AIM,
        )
    ]
