"""What was refused: signals that nothing could take, and updates as far as clients told."""

from datetime import datetime

from workflows.approvals.review.base import SYSTEM, ReviewBase
from workflows.approvals.updates import NoteRefusal
from workflows.shared.refused_signals import ACKNOWLEDGE, MAX_REFUSALS, Acknowledge, RefusedSignal

MAX_ATTEMPTS = 50
"""Refused attempts in the trail; a flood of them only adds to their count."""
MAX_ATTEMPTS_EACH = 10
"""Of one person."""
MAX_PEOPLE_COUNTED = 100
OTHERS = "(others)"
"""Whose attempts are counted together."""


class Refused(ReviewBase):
    """Attempts that changed nothing."""

    @property
    def asking_signals(self) -> list[str]:
        """The refused signals that ask for attention."""
        return self.refusals.unsettled if self.is_open else []

    def refuse_signal(self, signal: str, reason: str, now: datetime) -> None:
        """Record a signal that could not be taken. No entry of the trail is ever dropped, so it has only the first."""
        self.refusals.add(RefusedSignal(at=now, signal=signal, reason=reason, invalid=True))
        if self.refusals.count <= MAX_REFUSALS:
            self._record(now, SYSTEM, "refuse_signal", f"{signal}: {reason}")
        elif self.refusals.count == MAX_REFUSALS + 1:
            self._record(now, SYSTEM, "refuse_signal", "more signals are refused; from now on they are only counted")

    def acknowledge(self, acknowledge: Acknowledge, now: datetime) -> None:
        """Ask for attention no longer because of refused signals."""
        if self.refusals.acknowledge():
            self._record(now, acknowledge.by, ACKNOWLEDGE, acknowledge.words)

    def note_refusal(self, note: NoteRefusal, now: datetime) -> None:
        """Record that an update was refused, as a client told. It decides nothing."""
        written = sum(min(count, MAX_ATTEMPTS_EACH) for count in self.attempts.values())
        counted = note.by in self.attempts or len(self.attempts) < MAX_PEOPLE_COUNTED
        person = note.by if counted else OTHERS
        self.attempts[person] = self.attempts.get(person, 0) + 1
        if written >= MAX_ATTEMPTS or self.attempts[person] > MAX_ATTEMPTS_EACH:
            return
        where = f" through {note.channel}" if note.channel else ""
        last = self.attempts[person] == MAX_ATTEMPTS_EACH or written + 1 == MAX_ATTEMPTS
        more = "; from now on they are only counted" if last else ""
        self._record(now, note.by, "refused", f"{note.update}{where}: {note.type}: {note.reason}{more}")
