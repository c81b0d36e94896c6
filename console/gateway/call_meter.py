"""Counts the console's own calls to the server by kind, over the last minute."""

import time
from collections import deque
from enum import StrEnum
from typing import NamedTuple

MINUTE = 60
LATELY = 10
"""Seconds over which calls a second are counted."""


class CallKind(StrEnum):
    """What calls are for; a server limits some kinds on their own."""

    LISTS = "lists and counts"
    WORKFLOWS = "queries and changes of workflows"
    HISTORIES = "histories"
    OTHER = "all else"
    BUSY = "refused, the server was busy"


class Calls(NamedTuple):
    """Calls of one kind: in a second lately, and in the last minute."""

    a_second: float
    in_a_minute: int


class CallMeter:
    """Counts calls. What it keeps does not grow with them."""

    def __init__(self) -> None:
        self._seconds: dict[CallKind, deque[list[int]]] = {kind: deque(maxlen=MINUTE) for kind in CallKind}
        """The number of calls by second, of the seconds with any, oldest first."""

    def count(self, kind: CallKind) -> None:
        """Count a call that is made now."""
        now, seconds = int(time.monotonic()), self._seconds[kind]
        if seconds and seconds[-1][0] == now:
            seconds[-1][1] += 1
        else:
            seconds.append([now, 1])

    def calls(self, kind: CallKind) -> Calls:
        """Return how many calls of a kind there were."""
        now = int(time.monotonic())
        ages = [(now - second, number) for second, number in self._seconds[kind]]
        lately = sum(number for age, number in ages if age < LATELY)
        return Calls(lately / LATELY, sum(number for age, number in ages if age < MINUTE))
