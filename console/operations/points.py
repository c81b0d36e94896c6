"""Where a run can be reset to: each completed workflow task, named by what follows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.gateway.events.event import Event, Phase, Subject
from workflows.shared.timeline import TimelineEntry

ROUNDING = timedelta(milliseconds=1)
"""A workflow's clock is the begin of its task, less exact than in the history."""

MAX_NAMED = 2
"""Business events of one task that are told."""

NOTHING = "nothing of the business"


@dataclass(frozen=True)
class ResetPoint:
    """A completed workflow task. A reset to it does again what it and everything after it did."""

    event_id: int
    at: datetime
    words: str
    """What follows first, unescaped."""
    business: bool
    """Whether that is in the business's words."""


def reset_points(events: Sequence[Event], entries: Sequence[TimelineEntry]) -> list[ResetPoint]:
    """Return the points in ``events``, newest first; ``entries`` is the business timeline."""
    tasks = [*_tasks(events)]
    ends = [started for started, _ in tasks[1:]] + [None]
    points = []
    for (started, index), end in zip(tasks, ends, strict=True):
        made = [
            entry.text
            for entry in entries
            if entry.at >= started - ROUNDING and (end is None or entry.at < end - ROUNDING)
        ]
        words = _listed(made) if made else _first_command(events, index)
        points.append(ResetPoint(events[index].event_id, events[index].at, words, bool(made)))
    return points[::-1]


def _tasks(events: Sequence[Event]) -> Iterator[tuple[datetime, int]]:
    """Yield when each completed workflow task began, and the index of its completion."""
    begun: dict[int, datetime] = {}
    for index, event in enumerate(events):
        if event.subject is not Subject.TASK:
            continue
        if event.phase is Phase.UNDER_WAY:
            begun[event.group] = event.at
        elif event.phase is Phase.DONE:
            yield begun.get(event.group, event.at), index


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - MAX_NAMED
    return "; ".join(texts[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _first_command(events: Sequence[Event], index: int) -> str:
    """Return the first thing that a task began; in the history it stands behind the task's completion."""
    for event in events[index + 1 :]:
        if event.subject is Subject.TASK:
            return NOTHING
        if event.subject is not Subject.ATTRIBUTES:
            return f"{event.subject} {event.name}".strip() if event.name else event.kind
    return NOTHING
