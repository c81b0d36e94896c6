"""The signals that a workflow refused: the latest of them, how many there were, and those that nobody has settled."""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import Field

from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.timeline import TimelineEntry

SIGNAL_REFUSED = "signal_refused"
"""BizAttention while a signal that could not be taken is not settled."""

MAX_REFUSALS = 50
"""Refusals that are kept; a flood of bad signals only adds to their count."""


class RefusedSignal(Answer):
    """A refused signal, and why."""

    at: UtcDatetime
    signal: str
    reason: str
    invalid: bool = Field(default=False, description="no handler could take it, whatever the state was")


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


def with_refusals(timeline: Iterable[TimelineEntry], refusals: Iterable[RefusedSignal]) -> list[TimelineEntry]:
    """Return the timeline with the invalid signals in it. They are not stored there, where a flood would fill it."""
    entries = [
        TimelineEntry(at=refusal.at, text=f"signal {refusal.signal} refused: {refusal.reason}")
        for refusal in refusals
        if refusal.invalid
    ]
    return sorted([*timeline, *entries], key=lambda entry: entry.at) if entries else list(timeline)
