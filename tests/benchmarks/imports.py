"""An import of many users beside a bare one in the same run, and how long it lets other writers wait.

Seconds of processor, with the start of the command: the machine may do something else. The floor reads the same file
and inserts the same columns, unchecked.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.place import Place, script
from tests.benchmarks.user_file import write_users
from tests.support.stores import new_store
from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import captures
from workers.store.types import utc_now

USERS = 150_000
AIM_FIRST, AIM_AGAIN = 2.5, 2.0
"""Times the floor, into an empty store and again."""
AIM_WAIT = 0.2
"""Seconds that an import may delay another writer."""
BETWEEN = 0.02
"""Seconds between two writes of the other writer."""
MISTAKES = 1
"""Exit code of an import whose file has mistakes."""

Say = Callable[[str], None]


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Import the same users: bare, into an empty store, again, and bare once more, since the machine may get busy."""
    place.folder.mkdir(parents=True, exist_ok=True)
    file, bares = place.folder / "users.csv", [Place(place.folder / name) for name in ("before", "after")]
    for bare in bares:
        bare.folder.mkdir()
    write_users(file, USERS)
    asyncio.run(_make(place, *bares))
    floors = [_bare(file, bares[0])]
    say(f"bare import: {floors[0]:.1f} s of processor")
    command = [script("tconsole"), "users", "import", str(file), "--country", "US"]
    alone = asyncio.run(_waits(place, ["sleep", "5"]))
    first, waits = asyncio.run(_beside(place, command))
    say(f"import: {first:.1f} s of processor, others wait {_wait_words(waits)}; without an import {_wait_words(alone)}")
    again, waits_again = asyncio.run(_beside(place, command))
    say(f"again: {again:.1f} s of processor, others wait {_wait_words(waits_again)}")
    floors.append(_bare(file, bares[1]))
    say(f"bare import: {floors[1]:.1f} s of processor")
    floor = mean(floors)
    return [
        _cost(f"import of {USERS:,} users", first, floor, AIM_FIRST),
        _cost("the same again", again, floor, AIM_AGAIN),
        _wait("wait of another writer", waits, alone),
        _wait("the same again", waits_again, alone),
    ]


async def _make(*places: Place) -> None:
    for place in places:
        await (await new_store(WorkerSettings(data_dir=place.folder).resolved_store_url)).close()


def _store(place: Place) -> str:
    return str(Path(WorkerSettings(data_dir=place.folder).resolved_store_url.removeprefix("sqlite:///")))


def _bare(file: Path, place: Place) -> float:
    before = _of_children()
    command = [sys.executable, "-m", "tests.benchmarks.bare_import", str(file), _store(place)]
    subprocess.run(command, env=place.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    return _of_children() - before


async def _beside(place: Place, command: Sequence[str]) -> tuple[float, Sequence[float]]:
    """Return the processor seconds of a command, and what writes waited meanwhile."""
    before = _of_children()
    waits = await _waits(place, command)
    return _of_children() - before, waits


async def _waits(place: Place, command: Sequence[str]) -> Sequence[float]:
    """Write small rows, as orders do, while a command runs; return how long each took."""
    store, waits = Store.at(WorkerSettings(data_dir=place.folder).resolved_store_url), list[float]()
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=place.environment(), stdout=silent, stderr=silent)
    ended = asyncio.ensure_future(process.wait())
    try:
        while not ended.done():
            began = time.perf_counter()
            await store.write(insert_new, captures, _capture(f"{began}"))
            waits.append(time.perf_counter() - began)
            await asyncio.wait([ended], timeout=BETWEEN)
    finally:
        await store.close()
    if await ended not in {0, MISTAKES}:
        raise RuntimeError(f"{' '.join(command)} failed")
    return waits


def _capture(key: str) -> dict[str, object]:
    row = {"payment_id": key, "order_id": key, "amount": 1, "currency": "USD", "reference": key}
    return {**row, "created_at": utc_now()}


def _of_children() -> float:
    """Return the processor seconds of processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cost(what: str, seconds: float, floor: float, aim: float) -> Figure:
    return Figure(
        what=f"{what}, processor",
        measured=f"{seconds:.1f} s",
        baseline=f"bare read and insert: {floor:.1f} s",
        against=times(seconds, floor),
        aim=f"{aim} x at most",
        within=seconds <= aim * floor,
    )


def _wait(what: str, waits: Sequence[float], alone: Sequence[float]) -> Figure:
    worst = percentile(waits, 99)
    return Figure(
        what=f"{what}, p99 and longest",
        measured=_wait_words(waits),
        baseline=f"without an import: {_wait_words(alone)}",
        against=times(worst, percentile(alone, 99)),
        aim=f"{milliseconds(AIM_WAIT)} at most",
        within=max(waits) <= AIM_WAIT,
    )


def _wait_words(waits: Sequence[float]) -> str:
    return f"{milliseconds(percentile(waits, 99))}, {milliseconds(max(waits))}"
