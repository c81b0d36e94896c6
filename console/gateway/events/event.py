"""One event of a history, in words. It knows nothing of Temporal's own types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.gateway.rows import RowKey


class Subject(StrEnum):
    """What an event is about; the events of one thing share a group."""

    RUN = "run"
    TASK = "workflow task"
    ACTIVITY = "activity"
    TIMER = "timer"
    SIGNAL = "signal"
    UPDATE = "update"
    CHILD = "child workflow"
    EXTERNAL = "other workflow"
    NEXUS = "nexus operation"
    MARKER = "marker"
    ATTRIBUTES = "attributes"


class Phase(StrEnum):
    """How far the thing is after the event."""

    BEGUN = "begun"
    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """It was cancelled, or superseded."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Texts come from outside and are unescaped."""

    event_id: int
    at: datetime
    kind: str
    """Temporal's type in words, such as ``activity task scheduled``."""
    subject: Subject
    phase: Phase
    group: int
    """ID of the event with which the thing began."""
    name: str = ""
    """Such as the type of an activity; empty where only the first event of the group has it."""
    note: str = ""
    """What else there is to say in a line: a failure, a length of time, a cause."""
    by: str = ""
    """Identity of who sent it, or ran it."""
    ref: str = ""
    """The activity's ID."""
    attempt: int = 0
    """Number of the try of an activity or a workflow task that started; 0 for other events."""
    until: datetime | None = None
    """When a timer fires."""
    link: RowKey | None = None
    """Another workflow that it is about; the run ID may be empty."""

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.phase is Phase.FAILED
