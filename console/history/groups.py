"""The events of one thing together: an activity with its tries, a timer, an update with its answer."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.gateway.events.description import PendingActivity
from console.gateway.events.event import Event, Phase, Subject
from console.gateway.rows import RowKey

ENDED = frozenset({Phase.DONE, Phase.FAILED, Phase.STOPPED})
CLOSING = frozenset(
    f"workflow execution {end}"
    for end in ("completed", "failed", "timed out", "canceled", "terminated", "continued as new")
)
"""Kinds of events that end a run; others about the run, such as a pause, do not."""
ALONE = frozenset({Subject.RUN, Subject.SIGNAL, Subject.MARKER, Subject.ATTRIBUTES})
"""Subjects whose events each are a group."""

CLOCK_ERROR = timedelta(milliseconds=1)
"""Times in a workflow's answers have no nanoseconds."""


@dataclass(slots=True)
class Group:
    """One thing that happened in a run. ``turn`` is the number of the workflow task that began it, or took it."""

    subject: Subject
    turn: int
    events: list[Event] = field(default_factory=list)
    pending: PendingActivity | None = None

    @property
    def first(self) -> Event:
        """The event with which it began."""
        return self.events[0]

    @property
    def last(self) -> Event:
        """The latest event."""
        return self.events[-1]

    @property
    def name(self) -> str:
        """What it is called: an activity's type, a signal's name."""
        return next((event.name for event in self.events if event.name), "")

    @property
    def phase(self) -> Phase:
        """How far it is."""
        return self.last.phase

    @property
    def open(self) -> bool:
        """Whether it is still going on."""
        return self.phase not in ENDED

    @property
    def attempts(self) -> int:
        """Number of its latest try."""
        pending = self.pending.attempt if self.pending else 0
        return max((*(event.attempt for event in self.events), pending), default=0)

    @property
    def failed(self) -> bool:
        """Whether it failed, or fails and is tried again."""
        return self.phase is Phase.FAILED or bool(self.pending and self.pending.last_failure)

    @property
    def note(self) -> str:
        """What else there is to say of it: the latest failure, or a length of time."""
        if self.pending and self.pending.last_failure:
            return self.pending.last_failure
        return next((event.note for event in reversed(self.events) if event.note), "")

    @property
    def by(self) -> str:
        """Who sent it."""
        return self.first.by

    @property
    def link(self) -> RowKey | None:
        """The other workflow that it is about."""
        return next((event.link for event in reversed(self.events) if event.link), None)

    def span(self, now: datetime) -> timedelta:
        """Return how long it took, or takes until ``now``."""
        return max((now if self.open else self.last.at) - self.first.at, timedelta())


class History:
    """What has been read of one run so far, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.groups: list[Group] = []
        self._by_first: dict[int, Group] = {}
        self._turn = 0
        self._in_task = False
        self._turns: list[datetime] = []
        """When each workflow task started, as the workflow's own clock says."""

    def add(self, events: Iterable[Event]) -> None:
        """Take the next events."""
        for event in events:
            self._count(event)
            self.events.append(event)
            group = self._by_first.get(event.group) if event.subject not in ALONE else None
            if group is None:
                group = self._by_first[event.group] = Group(event.subject, self._turn_of(event))
                self.groups.append(group)
            group.events.append(event)

    def group_of(self, event: Event) -> Group:
        """Return the group of an event."""
        return self._by_first[event.group]

    def take_pending(self, pending: Mapping[str, PendingActivity]) -> None:
        """Note what the server says of the activities under way."""
        for group in self.groups:
            if group.subject is Subject.ACTIVITY:
                group.pending = pending.get(group.first.ref) if group.open else None

    def turn_at(self, at: datetime) -> int:
        """Return the workflow task in which the workflow's clock said ``at``; -1 for an earlier run."""
        if self.events and at < self.events[0].at - CLOCK_ERROR:
            return -1
        return bisect_right(self._turns, at + CLOCK_ERROR)

    @property
    def ended(self) -> bool:
        """Whether the run has ended."""
        last = self.events[-1] if self.events else None
        return last is not None and last.kind in CLOSING

    @property
    def failures(self) -> list[Group]:
        """What failed, or fails and is tried again."""
        return [group for group in self.groups if group.failed]

    def _count(self, event: Event) -> None:
        if event.subject is not Subject.TASK:
            return
        if event.phase is Phase.UNDER_WAY:
            self._turns.append(event.at)
            self._turn += 1
        self._in_task = event.phase is Phase.UNDER_WAY

    def _turn_of(self, event: Event) -> int:
        """Return the workflow task that takes what came from outside, or that commanded the rest."""
        if event.subject is Subject.TASK:
            return self._turn + (event.phase is Phase.BEGUN)
        outside = event.subject is Subject.SIGNAL or (event.subject is Subject.RUN and event.event_id > 1)
        return self._turn + 1 if outside and event.kind not in CLOSING and not self._in_task else self._turn
