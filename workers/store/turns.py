"""Short turns at a database that others write to, too: how much one transaction writes, and how long others get then.

SQLite takes one writer at a time. Another process that wants to write does not queue: it looks again and again, and
sleeps in between for up to 25 ms, or 100 ms when it has waited for a quarter of a second (`sqliteDefaultBusyCallback`).
Who writes again at once is mostly first, so that a writer must stay away for longer than such a sleep.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

RowT = TypeVar("RowT")
Clock = Callable[[], float]


@dataclass(frozen=True)
class Turn:
    """Limits a transaction: others wait for its end."""

    seconds: float = 0.02
    """After which no further part is begun; what is due for all of them and the commit take as long again."""
    part: int = 200
    """Rows that are written before the clock is looked at: some milliseconds."""
    clock: Clock = time.perf_counter

    def parts(self, rows: Sequence[RowT]) -> Iterator[Sequence[RowT]]:
        """Return the rows in parts, as many as there is time for, and one at least."""
        ends = self.clock() + self.seconds
        for start in range(0, len(rows), self.part):
            yield rows[start : start + self.part]
            if self.clock() >= ends:
                return


@dataclass(frozen=True)
class Gap:
    """How long others get after a transaction, in seconds."""

    usual: float = 0.04
    long: float = 0.11
    """After a transaction so long that others look less often."""
    long_after: float = 0.075

    def after(self, took: float) -> float:
        """Return how long to stay away after a transaction that took so long."""
        return self.long if took >= self.long_after else self.usual


NO_GAP = Gap(0, 0)
"""For a database whose writers wait for no other's rows."""


class Turns:
    """Lets a writer have one turn after the other, with gaps; what it does meanwhile is part of the gap."""

    def __init__(self, gap: Gap, clock: Clock = time.perf_counter) -> None:
        self._gap = gap
        self._clock = clock
        self._began = self._next = clock()

    async def begin(self) -> None:
        """Wait for the next turn."""
        await asyncio.sleep(self._next - self._clock())
        self._began = self._clock()

    def end(self) -> None:
        """End the turn."""
        now = self._clock()
        self._next = now + self._gap.after(now - self._began)
