"""One line of the journal: who did what to which workflow, why, and the answer."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum

UNANSWERED_AFTER = timedelta(seconds=60)
"""An entry without an answer for longer gets none: every call has a shorter timeout, so its console has ended."""

LOST = "no answer is known: the console ended before one came. Look at the item before you try again"


class Outcome(StrEnum):
    """How far an action is known to have come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    """The workflow has it; whether it took effect shows later."""
    APPLIED = "applied"
    """It took effect, as the workflow says."""
    REFUSED = "refused"
    """Nothing changed."""
    UNKNOWN = "unknown"
    """No answer came. It may have taken effect."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is written before the call. It holds no payload: that is business data, and stands in the history."""

    at: datetime
    who: str
    """The operator whom the console was started for."""
    acting_as: str
    """The operator in whose name it was done."""
    login: str
    """The account on this machine."""
    server: str
    namespace: str
    action: str
    """The handler's name."""
    title: str
    """The action, for people."""
    noun: str
    """Word for what it acts on."""
    target: str
    """Business ID."""
    workflow_id: str
    reason: str
    call_id: str
    """Under which the call takes effect once, however often it is sent; in the history it marks the event."""


@dataclass(frozen=True, kw_only=True)
class Entry(Act):
    """An act with its answer, as far as there is one."""

    number: int
    outcome: Outcome
    answer: str = ""
    answered_at: datetime | None = None
    event_id: int | None = None
    """The event of the workflow's history that the call made, if it was found."""
    event_at: datetime | None = None

    def known_at(self, now: datetime) -> "Entry":
        """Return the entry as it is to be read: one that waited too long has no known outcome."""
        if self.outcome is not Outcome.SENT or now - self.at <= UNANSWERED_AFTER:
            return self
        return replace(self, outcome=Outcome.UNKNOWN, answer=LOST)

    @property
    def values(self) -> dict[str, object]:
        """The fields by name."""
        return asdict(self)

    @property
    def by(self) -> str:
        """Who, and in whose name if in another one's."""
        return self.who if self.who == self.acting_as else f"{self.who} as {self.acting_as}"


NAMES = tuple(field.name for field in fields(Entry))
SEARCHED = ("who", "acting_as", "login", "title", "action", "target", "workflow_id", "reason", "answer", "outcome")
"""Fields in which text is looked for."""
