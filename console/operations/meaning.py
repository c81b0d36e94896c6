"""What Temporal's operations on a run mean in one system, in words and functions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from console.design.times import time_and_day
from console.gateway.rows import Row


@dataclass(frozen=True)
class StartAgain:
    """How a workflow is started again with the input that it had: through its domain client, by whose rules."""

    request: type[BaseModel]
    start: Callable[[Any, Any], Awaitable[str]]
    """Starts it, and returns its workflow ID. Raises ``CallError``."""


def _nothing(_: object) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Meaning:
    """What the operations mean; each text is what it does to the business, without a full stop."""

    cancel: str = "asks the workflow's code to stop; what that does is for its code to say"
    terminate: str = "ends the run where it is, and undoes nothing"
    reset: str = "begins another run from that point; what was done outside since is not undone"
    pause: str = "stops the workflow's code: signals are kept for later, queries and updates are refused"
    unpause: str = "lets the workflow's code go on, with the signals that came meanwhile"
    timers: Mapping[str, str] = field(default_factory=dict)
    """What ends at the due time, by stage."""
    timer: str = "the time limit of this stage"
    """What ends at the due time in all other stages."""
    instead: tuple[str, ...] = ()
    """Names of the business's own actions that end an item by its rules, the best first."""
    held: Callable[[Any], Sequence[str]] = _nothing
    """Returns what an item still holds, as its own view says: money, stock, open requests."""
    moves: bool = False
    """Whether what it holds changes by itself all the time, so that a change is no reason to ask again."""
    again: StartAgain | None = None

    def deadline(self, row: Row, now: datetime) -> str:
        """Return what still ends while a row's workflow is paused; empty if it has no time limit."""
        if row.due_at is None:
            return ""
        what, at = self.timers.get(row.stage or "", self.timer), time_and_day(row.due_at, now)
        if row.due_at > now:
            return f"{what} still ends at {at}"
        return f"{what} ended at {at}, and it acts on that once it goes on"


GENERIC = Meaning()
