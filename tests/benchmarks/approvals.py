"""The answer to ``approve``, beside that of an update which does nothing, and the events of a plain request.

Both are asked of the same server in turn: one at a time while nothing else happens, and 64 at once.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from temporalio.client import Client

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.bare_update import TASK_QUEUE, BareUpdates
from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.place import Place
from tests.benchmarks.preparing import headless_workers
from tests.support.eventually import eventually
from workflows.approvals.client import ApprovalsClient, workflow_id
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.updates import Approve

ROUNDS = 3
ALONE = 50
"""Calls of each kind in a round, one at a time."""
AT_ONCE = 64
WARM_UP = 10
PEOPLE = ("ben", "chen", "dora")
"""Who approves an expense of ana's in the sample company: one on each of three levels."""
AIM = 1.2
EVENTS_BEFORE = 93
"""Of a plain request when approvals knew approve, reject, comment and withdraw, and applied nothing."""
QUIET_SECONDS = 0.15
"""After an approval its record is written; a call that is measured alone waits until that is over."""

Say = Callable[[str], None]


@dataclass
class Times:
    """Seconds that calls took."""

    alone: list[float] = field(default_factory=list)
    at_once: list[float] = field(default_factory=list)


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Measure both kinds of calls in turn, then let one request pass its three levels."""
    with (
        bare_server(place) as address,
        headless_workers(place, address, stock=1),
        place.running(sys.executable, "-m", "tests.benchmarks.bare_update", address),
    ):
        sample = [sys.executable, "-m", "workers", "store", "sample"]
        subprocess.run(sample, env=place.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        return asyncio.run(_measure(address, say))


async def _measure(address: str, say: Say) -> Sequence[Figure]:
    client = await healthy(address)
    await _round(client, "WARM", Times(), Times(), WARM_UP)
    ours, bare = Times(), Times()
    for number in range(1, ROUNDS + 1):
        await _round(client, f"ROUND{number}", ours, bare, ALONE)
        say(
            f"round {number}: alone {_median(ours.alone)} beside {_median(bare.alone)},"
            f" {AT_ONCE} at once {_median(ours.at_once)} beside {_median(bare.at_once)}"
        )
    return [
        _figure("approve, alone", ours.alone, bare.alone, aim=AIM),
        _figure(f"approve, {AT_ONCE} at once", ours.at_once, bare.at_once),
        await _events(client),
    ]


async def _round(client: Client, name: str, ours: Times, bare: Times, alone: int) -> None:
    approvals = ApprovalsClient(client)
    requests = [await request(approvals, f"{name}-{number}") for number in range(alone + AT_ONCE)]
    others = [f"bare-{name}-{number}" for number in range(alone + AT_ONCE)]
    for id_ in others:
        await client.start_workflow(BareUpdates.run, id=id_, task_queue=TASK_QUEUE)
        await _bare(client, id_)
    await asyncio.sleep(QUIET_SECONDS)
    for request_id, id_ in zip(requests[:alone], others[:alone], strict=True):
        bare.alone.append(await _bare(client, id_))
        ours.alone.append(await approve(approvals, request_id))
        await asyncio.sleep(QUIET_SECONDS)
    bare.at_once += await asyncio.gather(*(_bare(client, id_) for id_ in others[alone:]))
    ours.at_once += await asyncio.gather(*(approve(approvals, request_id) for request_id in requests[alone:]))
    for id_ in others:
        await client.get_workflow_handle(id_).signal(BareUpdates.end)
    await asyncio.gather(*(client.get_workflow_handle(workflow_id(request_id)).terminate() for request_id in requests))
    await asyncio.sleep(10 * QUIET_SECONDS)


async def request(approvals: ApprovalsClient, name: str) -> str:
    """Start a request of ana's, and return its ID."""
    request_id = f"REQ-BENCH-{name}"
    await approvals.start(
        ApprovalRequest(
            request_id=request_id,
            kind="expense",
            title="New lenses for the lab",
            requester="ana",
            amount=184_000,
            currency="USD",
        )
    )
    return request_id


async def approve(approvals: ApprovalsClient, request_id: str) -> float:
    """Approve it as its first approver, and return how many seconds the answer took."""
    started = time.perf_counter()
    await approvals.approve(request_id, Approve(approver=PEOPLE[0], comment="worth it"))
    return time.perf_counter() - started


async def _bare(client: Client, id_: str) -> float:
    started = time.perf_counter()
    await client.get_workflow_handle(id_).execute_update(BareUpdates.nothing, "worth it")
    return time.perf_counter() - started


async def _events(client: Client) -> Figure:
    """Return how many events a request takes that three people approve, one after the other."""
    approvals = ApprovalsClient(client)
    request_id = await request(approvals, "EVENTS")
    handle = client.get_workflow_handle(workflow_id(request_id))
    for person in PEOPLE:
        await approvals.approve(request_id, Approve(approver=person))
        await asyncio.sleep(10 * QUIET_SECONDS)
    await eventually(handle.describe, lambda described: described.close_time is not None)
    count = len((await handle.fetch_history()).events)
    aim = EVENTS_BEFORE // 2
    return Figure(
        what="history of a plain request of three levels, applied",
        measured=f"{count} events",
        baseline=f"before the engine: {EVENTS_BEFORE}",
        against=times(count, EVENTS_BEFORE),
        aim=f"{aim} at most",
        within=count <= aim,
    )


def _figure(what: str, ours: Sequence[float], bare: Sequence[float], *, aim: float | None = None) -> Figure:
    ratio = median(ours) / median(bare)
    return Figure(
        what=what,
        measured=_both(ours),
        baseline=f"an update that does nothing: {_both(bare)}",
        against=f"{ratio:.2f} x, p99 {percentile(ours, 99) / percentile(bare, 99):.2f} x",
        aim="" if aim is None else f"{aim} x at most",
        within=None if aim is None else ratio <= aim,
    )


def _both(taken: Sequence[float]) -> str:
    return f"median {_median(taken)}, p99 {milliseconds(percentile(taken, 99))}"


def _median(taken: Sequence[float]) -> str:
    return milliseconds(median(taken))
