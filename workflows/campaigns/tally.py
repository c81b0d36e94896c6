"""Outcomes of a campaign's users so far, and its recent send rate."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import dropwhile
from typing import Literal

from pydantic import Field

from workflows.campaigns.histogram import SendsOverTime
from workflows.campaigns.outcomes import RecentOutcome
from workflows.campaigns.reasons import ReasonCounts, reason_of
from workflows.shared.fields import Answer

Outcome = Literal["sent", "capped", "suppressed", "deferred", "failed", "expired"]
FINAL: tuple[Literal["capped", "suppressed", "failed", "expired"], ...] = ("capped", "suppressed", "failed", "expired")
"""Final outcomes that have a reason."""

RECENT = 50
"""Latest outcomes that are kept for display."""

UNREACHED = "not reached in time"
"""Why somebody in the queue expires."""

NO_CLEAR_ANSWER = "no clear answer before the campaign expired"

SLOT = 10
"""Seconds in which sends are counted together."""

MINUTES = 30
"""Minutes of sends that are kept."""

SLOTS_A_MINUTE = 60 // SLOT


class SendMeter(Answer):
    """Recent sends, or users, by the number of their slot since 1970."""

    slots: dict[int, int] = Field(default_factory=dict)

    def add(self, sends: int, now: datetime) -> None:
        """Count sends at ``now``, and forget old slots."""
        slot = _slot(now)
        self.slots[slot] = self.slots.get(slot, 0) + sends
        oldest = slot - MINUTES * SLOTS_A_MINUTE
        self.slots = {number: count for number, count in self.slots.items() if number > oldest}

    def rate(self, now: datetime, *, since: datetime) -> float:
        """Return how many a second in the last minute, or since the start if that is later."""
        newest = _slot(now)
        sends = sum(count for number, count in self.slots.items() if newest - SLOTS_A_MINUTE < number <= newest)
        seconds = now.timestamp() - max((newest - SLOTS_A_MINUTE + 1) * SLOT, since.timestamp())
        return round(sends / max(1.0, seconds), 1)

    def minutes(self, now: datetime) -> list[int]:
        """Return the sends of each of the last minutes, oldest first, beginning with the first send."""
        counts, newest = [0] * MINUTES, _slot(now)
        for number, count in self.slots.items():
            age = (newest - number) // SLOTS_A_MINUTE
            if 0 <= age < MINUTES:
                counts[-1 - age] += count
        return list(dropwhile(lambda count: not count, counts))


class Tally(Answer):
    """Users by final outcome. Deferred users are counted in the backlog."""

    sent: int = 0
    capped: int = 0
    suppressed: int = 0
    failed: int = 0
    expired: int = 0
    reasons: dict[Outcome, ReasonCounts] = Field(default_factory=dict, description="of the outcomes that have one")
    recent: list[RecentOutcome] = Field(default_factory=list, description="newest first")
    meter: SendMeter = Field(default_factory=SendMeter)
    handled: SendMeter = Field(default_factory=SendMeter, description="users with any outcome, deferred ones too")
    sends: SendsOverTime = Field(default_factory=SendsOverTime)
    in_digests: int = Field(default=0, description="of those that were sent")

    @property
    def finished(self) -> int:
        """Number of users with a final outcome."""
        return self.sent + self.capped + self.suppressed + self.failed + self.expired

    def count(self, user_id: str, outcome: Outcome, now: datetime, *, detail: str | None = None) -> None:
        """Count the outcome of a user, and why."""
        self.handled.add(1, now)
        if outcome != "deferred":
            self._add(outcome, reason_of(detail or "", user_id) if outcome == "failed" else detail or "", 1)
        if outcome == "sent":
            self.meter.add(1, now)
            self.sends.add(1, now)
            self.in_digests += detail is not None
        noted = RecentOutcome(user_id=user_id, outcome=outcome, rule=detail, at=now)
        self.recent = [noted, *self.recent][:RECENT]

    def expire(self, users: Mapping[str, int], unanswered: Iterable[str], now: datetime) -> None:
        """Count ``users`` as expired, by why they waited, and the ``unanswered`` as failed: they may have got it."""
        for reason, number in users.items():
            self._add("expired", reason or UNREACHED, number)
        for user_id in unanswered:
            self.count(user_id, "failed", now, detail=NO_CLEAR_ANSWER)

    def _add(self, outcome: Outcome, reason: str, users: int) -> None:
        setattr(self, outcome, getattr(self, outcome) + users)
        if outcome in FINAL:
            self.reasons.setdefault(outcome, ReasonCounts()).add(reason, users)


def _slot(moment: datetime) -> int:
    return int(moment.timestamp()) // SLOT
