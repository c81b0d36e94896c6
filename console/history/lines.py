"""The lines of each view of a history. A line holds what it is about; what it says is drawn when it is in view."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise, zip_longest
from typing import TypeVar

from console.gateway.events.event import Event, Subject
from console.history.groups import CLOCK_ERROR, Group, History
from workflows.shared.timeline import TimelineEntry

ThingT = TypeVar("ThingT")

IDLE = timedelta(seconds=60)
"""A pause of this length is said in a line of its own."""

TECHNICAL = frozenset({Subject.TASK, Subject.ATTRIBUTES})
"""Subjects that show beside the business only where they failed."""


class View(StrEnum):
    """One way to look at a history."""

    BUSINESS = "business"
    EVENTS = "events"
    TREE = "tree"
    TIMELINE = "timeline"


class Kind(StrEnum):
    """What a line is."""

    ROW = "row"
    """An event, or a group with what the business says of it."""
    STEP = "step"
    """An event of the group above."""
    PENDING = "pending"
    """What the server says of the group above now."""
    IDLE = "idle"
    """A pause from ``at`` to ``until``."""
    DAY = "day"
    """Another day begins."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``text`` is of the business timeline, unescaped."""

    kind: Kind
    at: datetime
    group: Group | None = None
    event: Event | None = None
    text: str = ""
    until: datetime | None = None
    last: bool = False
    """Whether it is the last step of its group."""

    @property
    def failed(self) -> bool:
        """Whether it tells of a failure."""
        if self.kind in (Kind.STEP, Kind.PENDING):
            return False  # the line of its group does
        if self.event is not None:
            return self.event.failed
        return self.group is not None and self.group.failed

    @property
    def identity(self) -> tuple[Kind, int, str]:
        """Tells the line from others, whichever lines come before it."""
        of = self.event or (self.group.first if self.group else None)
        return self.kind, of.event_id if of else 0, "" if of else self.text or self.at.isoformat()


def lines_of(view: View, history: History, entries: Sequence[TimelineEntry], now: datetime) -> list[Line]:
    """Return the lines of a view; ``entries`` are the business timeline, as far as it is known."""
    return [*_MAKERS[view](history, entries, now)]


def _business(history: History, entries: Sequence[TimelineEntry], now: datetime) -> Iterator[Line]:
    groups = [group for group in history.groups if group.subject not in TECHNICAL or group.failed]
    said = _by_turn(entries, lambda entry: history.turn_at(entry.at))
    done = _by_turn(groups, lambda group: group.turn)
    rows = (
        _beside(entry, group)
        for turn in sorted({*said, *done})
        for entry, group in zip_longest(said.get(turn, ()), done.get(turn, ()))
    )
    return _with_pauses(rows, history, now)


def _beside(entry: TimelineEntry | None, group: Group | None) -> Line:
    times = ([entry.at] if entry else []) + ([group.first.at] if group else [])
    return Line(Kind.ROW, min(times), group, text=entry.text if entry else "")


def _events(history: History, _: Sequence[TimelineEntry], now: datetime) -> Iterator[Line]:
    rows = (Line(Kind.ROW, event.at, history.group_of(event), event) for event in history.events)
    return _with_pauses(rows, history, now)


def _tree(history: History, _: Sequence[TimelineEntry], now: datetime) -> Iterator[Line]:
    return _with_pauses((line for group in history.groups for line in _branch(group)), history, now)


def _branch(group: Group) -> Iterator[Line]:
    yield Line(Kind.ROW, group.first.at, group)
    if group.subject is Subject.TASK and not group.failed:
        return
    steps = group.events[1:]
    for number, event in enumerate(steps, start=1):
        yield Line(Kind.STEP, event.at, group, event, last=number == len(steps) and group.pending is None)
    if group.pending is not None:
        yield Line(Kind.PENDING, group.last.at, group, last=True)


def _bars(history: History, _: Sequence[TimelineEntry], __: datetime) -> Iterator[Line]:
    for group in history.groups:
        if group.subject not in TECHNICAL or group.failed:
            yield Line(Kind.ROW, group.first.at, group)


_MAKERS: Mapping[View, Callable[[History, Sequence[TimelineEntry], datetime], Iterator[Line]]] = {
    View.BUSINESS: _business,
    View.EVENTS: _events,
    View.TREE: _tree,
    View.TIMELINE: _bars,
}


def pauses(history: History, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return from when to when nothing happened; the last pause of a run that goes on lasts until ``now``."""
    times = [event.at for event in history.events]
    if times and not history.ended:
        times.append(now)
    return [(before, after) for before, after in pairwise(times) if after - before >= IDLE]


def _with_pauses(rows: Iterable[Line], history: History, now: datetime) -> Iterator[Line]:
    """Put a line before what came after a pause, and before what came on another day."""
    waiting = deque(pauses(history, now))
    day = history.events[0].at.astimezone().date() if history.events else None
    for row in rows:
        if row.kind is Kind.ROW:
            yield from _passed(waiting, row.at)
            if (local := row.at.astimezone().date()) != day:
                yield Line(Kind.DAY, row.at)
                day = local
        yield row
    yield from _passed(waiting, now)


def _passed(waiting: deque[tuple[datetime, datetime]], at: datetime) -> Iterator[Line]:
    """Yield the pauses until ``at`` as one line."""
    passed = []
    while waiting and waiting[0][1] <= at + CLOCK_ERROR:
        passed.append(waiting.popleft())
    if passed:
        yield Line(Kind.IDLE, passed[0][0], until=passed[-1][1])


def _by_turn(things: Iterable[ThingT], turn: Callable[[ThingT], int]) -> dict[int, list[ThingT]]:
    found: dict[int, list[ThingT]] = {}
    for thing in things:
        found.setdefault(turn(thing), []).append(thing)
    return found
