"""Sends through a campaign beside bare workflows on the same server, to users whose actors run already or do not.

The bare ones only count. Then many campaigns to the same users at one instant show whether the caps hold.
"""

import asyncio
import math
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

import psutil
from temporalio.client import Client

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import headless_workers
from tests.benchmarks.senders import AT_A_TIME, CampaignSender, QuerySender, Sender, UpdateSender
from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workflows.campaigns.client import actor_workflow_id

ROUNDS = 3
A_ROUND = 300
"""Users of a round: they get one message while their actors are cold, and one while these are warm."""
RACED_USERS, RACERS = 40, 8
COLUMNS = "user_id,email_address,phone,timezone,email,sms,push,segments,first_name"
AIMS = {"cold": 0.9, "warm": 0.8}
KILOBYTE = 1e3
IDLE_SECONDS, IDLE_SHARE = 0.5, 0.15
"""The processes are idle when they use so little of a processor for so long."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """What some sends took: seconds on the clock, and milliseconds of processor for each send."""

    sends: int
    seconds: float
    worker: float
    server: float

    @property
    def rate(self) -> float:
        """Sends a second."""
        return self.sends / self.seconds

    def __str__(self) -> str:
        return f"{self.rate:.0f} a second (worker {self.worker:.1f} ms, server {self.server:.1f} ms)"


Runs = Mapping[tuple[str, str], Sequence[Taken]]
"""By sender, and whether actors were cold."""


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Import the users, then send to them in rounds, by each way in turn."""
    with bare_server(place) as address, headless_workers(place, address, stock=0):
        users = place.folder / "users.csv"
        users.write_text("\n".join([COLUMNS, *map(_row, _all_users())]))
        command = [script("tconsole"), "users", "import", str(users)]
        subprocess.run(command, env=place.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        with place.running(sys.executable, "-m", "tests.benchmarks.bare_actor", address):
            return asyncio.run(_measure(address, place, say))


async def _measure(address: str, place: Place, say: Say) -> Sequence[Figure]:
    store = Store.at(WorkerSettings(data_dir=place.folder).resolved_store_url)
    try:
        client = await healthy(address)
        return await _compare(client, [CampaignSender(client, store), UpdateSender(client), QuerySender(client)], say)
    finally:
        await store.close()


async def _compare(client: Client, senders: Sequence[Sender], say: Say) -> Sequence[Figure]:
    for sender in senders:
        await sender.send(_users("WARM-UP"), f"{sender.name} WARM-UP")
    before = _memory(senders[0])
    runs: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for number in range(1, ROUNDS + 1):
        users = _users(f"ROUND{number}")
        for state in AIMS:
            for sender in senders:
                runs[sender.name, state].append(await _sends(sender, users, f"{sender.name} {state} {number}"))
                say(f"round {number}, {state}: {sender.name} {runs[sender.name, state][-1]}")
    grown = _memory(senders[0]) - before
    beyond = {sender.name: await _beyond(sender) for sender in senders}
    ours, bare, query = (sender.name for sender in senders)
    handle = client.get_workflow_handle(actor_workflow_id(_users("ROUND1")[0]))
    events = len((await handle.fetch_history()).events)
    return [
        *(_throughput(runs, state, ours, bare, aim=aim) for state, aim in AIMS.items()),
        *(_throughput(runs, state, ours, query, aim=1.0) for state in AIMS),
        _beyond_figure(beyond, ours),
        Figure("processor of a send", _processor(runs, ours), f"{bare}: {_processor(runs, bare)}"),
        Figure("history of an actor, two sends", f"{events} events"),
        Figure("memory of the workers, for each actor", f"{grown / (ROUNDS * A_ROUND) / KILOBYTE:.0f} kB"),
    ]


async def _sends(sender: Sender, users: Sequence[str], mailing: str) -> Taken:
    await _idle(sender)
    started, before = time.perf_counter(), _processor_seconds(sender)
    await sender.send(users, mailing)
    seconds, after = time.perf_counter() - started, _processor_seconds(sender)
    worker, server = ((late - early) / len(users) * 1000 for late, early in zip(after, before, strict=True))
    return Taken(len(users), seconds, worker, server)


async def _beyond(sender: Sender) -> int:
    """Let several mailings at one instant send to the same users, and return how many sends were too many."""
    users = _users("RACED")[:RACED_USERS]
    await asyncio.gather(*(sender.send(users, f"{sender.name} RACE {number}") for number in range(RACERS)))
    everybody = _all_users()
    return await sender.beyond(everybody)


async def _idle(sender: Sender) -> None:
    """Wait until the server has done what earlier sends left to it: signals, and visibility."""
    used = math.inf
    while used > IDLE_SHARE * IDLE_SECONDS:
        before = sum(_processor_seconds(sender))
        await asyncio.sleep(IDLE_SECONDS)
        used = sum(_processor_seconds(sender)) - before


def _processor_seconds(sender: Sender) -> tuple[float, float]:
    """Return those of the sender's worker, with our own for a client that is not in it, and of the server."""
    ours = psutil.Process()
    used: dict[str, float] = defaultdict(float)
    for process in [*ours.children(recursive=True), *([] if isinstance(sender, CampaignSender) else [ours])]:
        command = " ".join(process.cmdline())
        times = process.cpu_times()
        kind = "server" if "start-dev" in command else "worker"
        if process is ours or kind == "server" or sender.worker in command:
            used[kind] += times.user + times.system
    return used["worker"], used["server"]


def _memory(sender: Sender) -> int:
    """Return the bytes of the sender's worker."""
    processes = psutil.Process().children(recursive=True)
    return sum(each.memory_full_info().uss for each in processes if sender.worker in " ".join(each.cmdline()))


def _users(group: str) -> Sequence[str]:
    return [f"{group}-{number}" for number in range(A_ROUND)]


def _all_users() -> Sequence[str]:
    groups = ["WARM-UP", "RACED", *(f"ROUND{number}" for number in range(1, ROUNDS + 1))]
    return [user for group in groups for user in _users(group)]


def _row(user: str) -> str:
    return f"{user},{user.lower()}@example.com,,Europe/Berlin,yes,no,yes,everyone,Ada"


def _throughput(runs: Runs, state: str, ours: str, other: str, *, aim: float) -> Figure:
    mine, theirs = ([taken.rate for taken in runs[name, state]] for name in (ours, other))
    ratio = median(one / another for one, another in zip(mine, theirs, strict=True))
    return Figure(
        what=f"sends a second, {state} users",
        measured=f"{median(mine):.0f}",
        baseline=f"{other}, {AT_A_TIME} at once: {median(theirs):.0f}",
        against=f"{ratio:.2f} x",
        aim=f"{aim} x at least",
        within=ratio >= aim,
    )


def _beyond_figure(beyond: Mapping[str, int], ours: str) -> Figure:
    return Figure(
        what=f"sends beyond the cap, {RACERS} campaigns at once",
        measured=str(beyond[ours]),
        baseline=", ".join(f"{name}: {count}" for name, count in beyond.items() if name != ours),
        aim="0",
        within=beyond[ours] == 0,
    )


def _processor(runs: Runs, name: str) -> str:
    return "; ".join(
        f"{state} {mean(taken.worker for taken in taken_runs):.1f} ms"
        f" and the server's {mean(taken.server for taken in taken_runs):.1f} ms"
        for (sender, state), taken_runs in runs.items()
        if sender == name
    )
