"""From the command to the first painted row, beside the start of the bare server alone."""

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, seconds
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import ORDER
from tests.benchmarks.watched_terminal import watched

ROUNDS = 7
AIM_SECONDS = 2.0
ROW = re.compile(ORDER.encode())


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Start both in turn on copies of the same folder."""
    bare_place = place.copied_to(Path(f"{place.folder}-bare"))
    bare, console = [], []
    for round_ in range(1 + ROUNDS):
        bare.append(_bare_start(bare_place))
        console.append(_console_start(place))
        say(f"{'warming up' if round_ == 0 else f'round {round_}'}: {console[-1]:.2f} s beside {bare[-1]:.2f} s")
    shutil.rmtree(bare_place.folder, ignore_errors=True)
    more = median(console[1:]) - median(bare[1:])
    figure = Figure(
        what="start to the first painted row",
        measured=seconds(console[1:]),
        baseline=f"server alone, healthy: {seconds(bare[1:])}",
        against=f"{more:.2f} s more",
        aim=f"{AIM_SECONDS:.0f} s more at most",
        within=more <= AIM_SECONDS,
    )
    return [figure]


def _bare_start(place: Place) -> float:
    started = time.perf_counter()
    with bare_server(place) as address:
        asyncio.run(healthy(address))
        return time.perf_counter() - started


def _console_start(place: Place) -> float:
    with watched([script("tconsole")], place.environment()) as terminal:
        _, painted = terminal.until_written(ROW)
        return painted - terminal.started
