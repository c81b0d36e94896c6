"""What an order and a payment intake record alike: timeline, changes, and steps that are stuck."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.steps.tasks import wait_until
from workflows.orders.views.models import LedgerEntry, Refusal
from workflows.shared.refused_signals import ACKNOWLEDGE, Acknowledge, RefusalLog, with_refusals
from workflows.shared.resets import ResetWatch
from workflows.shared.timeline import TimelineEntry


class Progress(ABC):
    """Base of a workflow's state, which has no side effects."""

    def __init__(self, clock: Callable[[], datetime], resets: ResetWatch | None = None) -> None:
        """After each of the ``resets`` nothing is done before the store was read."""
        self._clock = clock
        self._resets = resets
        self.stage_since = self.updated_at = clock()
        self.timeline: list[TimelineEntry] = []
        self.refusals = RefusalLog[Refusal]()
        self.changes = 0
        """How many there have been."""
        self.stuck = StuckSteps(
            clock=clock, note=self.note, settled=self._count_change, undone=self._follow_undone, ready=self.ready
        )

    @property
    def now(self) -> datetime:
        """The time."""
        return self._clock()

    @abstractmethod
    def book(self, entry: LedgerEntry, note: str) -> None:
        """Record an entry of the ledger."""

    def note(self, text: str) -> None:
        """Add a line to the timeline."""
        self.timeline.append(TimelineEntry(at=self.now, text=text))
        self.touch()

    @property
    def shown_timeline(self) -> list[TimelineEntry]:
        """The timeline with the signals that could not be taken."""
        return with_refusals(self.timeline, self.refusals.latest)

    def refuse(self, signal: str, reason: str, payment_id: str | None = None) -> None:
        """Record that a signal was refused."""
        self.refusals.add(Refusal(at=self.now, signal=signal, reason=reason, payment_id=payment_id))
        self.touch()

    def refuse_invalid(self, signal: str, reason: str, signal_id: str | None = None) -> None:
        """Record that a signal could not be taken; with its ID if the workers refused it."""
        self.refusals.add(Refusal(at=self.now, signal=signal, reason=reason, invalid=True, signal_id=signal_id))
        self.touch()

    def settle_refusals(self, *signals: str) -> None:
        """Ask for attention no longer because of these signals, such as when another one of the name was taken."""
        if any(name in self.refusals.unsettled for name in signals):
            self.refusals.settle(*signals)
            self.touch()

    def acknowledge(self, acknowledge: Acknowledge) -> None:
        """Ask for attention no longer because of refused signals."""
        if self.refusals.acknowledge():
            self.note(acknowledge.words)
        else:
            self.refuse(ACKNOWLEDGE, "no refused signal asks for attention")

    def touch(self) -> None:
        """Record a change."""
        self.updated_at = self.now
        self._count_change()

    @property
    def lost(self) -> bool:
        """Whether a reset may have lost what was done, and the store was not read yet."""
        return self._resets is not None and self._resets.pending

    async def ready(self) -> None:
        """Wait until the store was read after a reset."""
        if self.lost:
            await wait_until(lambda: not self.lost)

    async def settled(self) -> None:
        """Wait until everything that can happen in this workflow task has happened, and nothing changes any more."""
        seen = None
        while seen != self.changes:
            seen = self.changes
            await wait_until(lambda: True)

    @abstractmethod
    def _follow_undone(self) -> None:
        """Change the status, since the store refuses a step."""

    def _count_change(self) -> None:
        """Count a change without reading the clock: eviction cancels steps, and then no API may be called."""
        self.changes += 1
