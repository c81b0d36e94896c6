"""The axis of the bars: time from left to right, in which pauses take little room."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from console.history.lines import IDLE

PAUSE_SHARE = 0.08
"""Of the axis, for each pause, until they would take more than ``MAX_PAUSES`` of it."""
MAX_PAUSES = 0.4
MIN_PAUSE = timedelta(seconds=2)
MIN_ACTIVE = 0.001
"""Seconds."""


class Axis:
    """Maps moments to shares of the axis, from 0 to 1."""

    def __init__(self, times: Sequence[datetime]) -> None:
        self._times = sorted(times)
        spans = [(after - before) for before, after in pairwise(self._times)]
        self._longest = _longest(spans)
        active = max(sum((span.total_seconds() for span in spans if span < self._longest), 0.0), MIN_ACTIVE)
        count = sum(span >= self._longest for span in spans)
        share = min(PAUSE_SHARE, MAX_PAUSES / count) if count else 0.0
        pause = active * share / (1 - share * count) if count else 0.0
        lengths = [span.total_seconds() if span < self._longest else pause for span in spans]
        self._starts = [0.0, *accumulate(lengths)]
        self._length = max(self._starts[-1], MIN_ACTIVE)

    def share(self, at: datetime) -> float:
        """Return where on the axis a moment is."""
        index = bisect_right(self._times, at) - 1
        if index < 0:
            return 0.0
        if index >= len(self._times) - 1:
            return self._starts[-1] / self._length if self._times else 0.0
        before, after = self._times[index], self._times[index + 1]
        part = (at - before) / (after - before) if after > before else 0.0
        return (self._starts[index] + part * (self._starts[index + 1] - self._starts[index])) / self._length

    def pauses(self) -> list[tuple[float, timedelta]]:
        """Return where the axis leaves a pause out, and its length."""
        return [
            (self._starts[index] / self._length, after - before)
            for index, (before, after) in enumerate(pairwise(self._times))
            if after - before >= self._longest
        ]


def _longest(spans: Sequence[timedelta]) -> timedelta:
    """Return from which length on a span without an event is a pause: it is longer than all shorter ones together."""
    together = timedelta()
    for span in sorted(spans):
        if span >= IDLE or (span >= MIN_PAUSE and span >= together):
            return span
        together += span
    return IDLE


def bar(axis: Axis, start: datetime, end: datetime, width: int) -> tuple[int, int]:
    """Return the first cell of a bar in ``width`` cells, and how many cells it takes: one at least."""
    first = min(int(axis.share(start) * width), width - 1)
    return first, max(round(axis.share(end) * width) - first, 1)
