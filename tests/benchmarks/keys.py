"""From a key to its paint with 1,000 rows while 20 of them change every second, beside a bare table that stands still.

A key is painted when the terminal gets another row's ID on the cursor's colour.
"""

import asyncio
import random
import re
import sys
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from statistics import median

from tests.benchmarks.figures import Figure, milliseconds, percentile, times
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import ORDER, ORDERS, order_id
from tests.benchmarks.traffic import A_SECOND, traffic
from tests.benchmarks.watched_terminal import WatchedTerminal, watched

KEYS = 400
UP, DOWN = b"\x1b[A", b"\x1b[B"
STROKES = (*[DOWN] * 60, *[UP] * 20)
"""Pressed in turn: with 40 lines in view, two thirds of the keys scroll the list, the others move the cursor in it."""
PAUSE_SECONDS = (0.03, 0.2)
"""From the key repeat rate to a person's; random, so that the keys are not in step with the program's timers."""
SETTLE_SECONDS = 5.0
AIM_SECONDS = 0.05
FIRST = order_id(ORDERS - 1)
"""The newest row is the first."""


def measure(place: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Press the same keys in the console and in the bare table."""
    with watched([sys.executable, "-m", "tests.benchmarks.bare_table"], place.environment()) as terminal:
        bare = press_keys(terminal, cursor_colour(terminal))
    say(f"bare table: {both(bare)}")
    with watched([script("tconsole")], place.environment(TCONSOLE_PAGE_SIZE=str(ORDERS))) as terminal:
        colour = cursor_colour(terminal)
        with traffic(place):
            console = press_keys(terminal, colour)
    worst = percentile(console, 99)
    figure = Figure(
        what=f"key to paint, {ORDERS:,} rows, {A_SECOND} change a second",
        measured=both(console),
        baseline=f"bare DataTable, nothing changes: {both(bare)}",
        against=f"p50 {times(median(console), median(bare))}, p99 {times(worst, percentile(bare, 99))}",
        aim=f"p99 {milliseconds(AIM_SECONDS)} at most",
        within=worst <= AIM_SECONDS,
    )
    return [figure]


def cursor_colour(terminal: WatchedTerminal, first: str = FIRST) -> str:
    """Wait for the rows, and return the background colour of the ``first``."""
    asyncio.run(terminal.wait_for(first))
    return terminal.background_at(ORDER)


def press_keys(terminal: WatchedTerminal, colour: str, first: str = FIRST) -> list[float]:
    """Return how long each key took; the cursor is on the ``first`` row at the start."""
    terminal.pass_time(SETTLE_SECONDS)
    place, taken = first.encode(), list[float]()
    for key in islice(cycle(STROKES), KEYS):
        struck = terminal.strike(key)
        found, painted = terminal.until_written(_another_row(place, colour))
        place = found[1]
        taken.append(painted - struck)
        terminal.pass_time(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - no secret
    return taken


def _another_row(place: bytes, colour: str) -> re.Pattern[bytes]:
    """Return the pattern of an ID in the cursor's colour in another row than ``place``."""
    behind = ";".join(str(int(colour[start : start + 2], 16)) for start in (0, 2, 4))
    return re.compile(rb"48;2;%bm *((?!%b)%b\d+)" % (behind.encode(), place, ORDER.encode()))


def both(taken: Sequence[float]) -> str:
    """Return median and 99th percentile in words."""
    return f"p50 {milliseconds(median(taken))}, p99 {milliseconds(percentile(taken, 99))}"
