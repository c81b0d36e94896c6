"""The signals that a workflow refused: the latest of them, how many there were, and those that nobody has settled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from workflows.shared.actions import Action
from workflows.shared.fields import (
    BLANK_IS_NONE,
    Answer,
    Generated,
    Identifier,
    LongText,
    Payload,
    ShortText,
    UtcDatetime,
)
from workflows.shared.timeline import TimelineEntry

SIGNAL_REFUSED = "signal_refused"
"""BizAttention while a signal that could not be taken is not settled."""

MAX_REFUSALS = 50
"""Refusals that are kept; a flood of bad signals only adds to their count."""


SHOWN = 3
"""Names of refused signals that an action's effect has."""

ACKNOWLEDGE = "acknowledge"
"""The signal of a person who has looked at refused signals: they ask for attention no longer."""

ACKNOWLEDGE_LABEL = "Acknowledge refused signals"


class Acknowledge(Payload):
    """Signal ``acknowledge``: a person has looked at the signals that could not be taken."""

    by: ShortText = Field(title="By")
    note: Annotated[LongText | None, BLANK_IS_NONE] = Field(default=None, title="Note", description="what was found")
    signal_id: Annotated[Identifier | None, BLANK_IS_NONE, Generated()] = Field(default=None, title="Signal ID")

    @property
    def words(self) -> str:
        """What happened, for people."""
        return f"{self.by} has looked at the refused signals" + (f": {self.note}" if self.note else "")


class RefusedSignal(Answer):
    """A refused signal, and why."""

    at: UtcDatetime
    signal: str
    reason: str
    invalid: bool = Field(default=False, description="no handler could take it, whatever the state was")
    signal_id: str | None = Field(default=None, description="of a signal that the workers refused, as it was sent")


R = TypeVar("R", bound=RefusedSignal)


class RefusalLog(Answer, Generic[R]):
    """What a workflow keeps of its refused signals."""

    latest: list[R] = Field(default_factory=list)
    count: int = 0
    unsettled: list[str] = Field(default_factory=list, description="names of invalid signals, until that is settled")

    def add(self, refusal: R) -> None:
        """Add a refusal; an invalid signal asks for attention."""
        self.count += 1
        self.latest = [*self.latest, refusal][-MAX_REFUSALS:]
        if refusal.invalid:
            others = [name for name in self.unsettled if name != refusal.signal]
            self.unsettled = [*others, refusal.signal][-MAX_REFUSALS:]

    def acknowledge(self) -> bool:
        """Ask for attention no longer; return False if nothing did."""
        asked, self.unsettled = bool(self.unsettled), []
        return asked

    def settle(self, *signals: str) -> None:
        """Ask for attention no longer because of these signals."""
        self.unsettled = [name for name in self.unsettled if name not in signals]

    def forget(self, before: datetime) -> None:
        """Ask for attention no longer because of signals that came ``before``."""
        recent = {refusal.signal for refusal in self.latest if refusal.at >= before}
        self.unsettled = [name for name in self.unsettled if name in recent]

    def reasons_since(self, count: int) -> list[str]:
        """Return the reasons of the refusals after the first ``count``."""
        new = min(self.count - count, len(self.latest))
        return [refusal.reason for refusal in self.latest[len(self.latest) - new :]]


def acknowledge_action(names: Sequence[str]) -> list[Action]:
    """Return the action of those who look at refused signals of these names; nothing while there are none."""
    if not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    effect = f"notes that somebody has looked at the refused {', '.join(names[:SHOWN])}{more}, and asks no longer"
    return [Action.of(ACKNOWLEDGE, ACKNOWLEDGE_LABEL, effect, None)]


def with_refusals(timeline: Iterable[TimelineEntry], refusals: Iterable[RefusedSignal]) -> list[TimelineEntry]:
    """Return the timeline with the invalid signals in it. They are not stored there, where a flood would fill it."""
    entries = [
        TimelineEntry(at=refusal.at, text=f"signal {refusal.signal} refused: {refusal.reason}")
        for refusal in refusals
        if refusal.invalid
    ]
    return sorted([*timeline, *entries], key=lambda entry: entry.at) if entries else list(timeline)
