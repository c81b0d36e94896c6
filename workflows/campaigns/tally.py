"""Outcomes of a campaign's users so far, and its recent send rate."""

from collections.abc import Iterable
from datetime import datetime
from itertools import dropwhile
from typing import Literal

from pydantic import Field

from workflows.campaigns.models import RecentOutcome
from workflows.shared.fields import Answer

Outcome = Literal["sent", "capped", "suppressed", "deferred", "failed", "expired"]

RECENT = 50
"""Latest outcomes that are kept for display."""

MAX_RULES = 50
"""Rules that are counted by name: each user may have a policy of its own."""

OTHER_RULES = "other rules"

SLOT = 10
"""Seconds in which sends are counted together."""

MINUTES = 30
"""Minutes of sends that are kept."""

SLOTS_A_MINUTE = 60 // SLOT


class SendMeter(Answer):
    """Recent sends by the number of their slot since 1970."""

    slots: dict[int, int] = Field(default_factory=dict)

    def add(self, sends: int, now: datetime) -> None:
        """Count sends at ``now``, and forget old slots."""
        slot = _slot(now)
        self.slots[slot] = self.slots.get(slot, 0) + sends
        oldest = slot - MINUTES * SLOTS_A_MINUTE
        self.slots = {number: count for number, count in self.slots.items() if number > oldest}

    def rate(self, now: datetime, *, since: datetime) -> float:
        """Return sends a second in the last minute, or since the start if that is later."""
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
    refused_by: dict[str, int] = Field(default_factory=dict)
    recent: list[RecentOutcome] = Field(default_factory=list, description="newest first")
    meter: SendMeter = Field(default_factory=SendMeter)

    @property
    def finished(self) -> int:
        """Number of users with a final outcome."""
        return self.sent + self.capped + self.suppressed + self.failed + self.expired

    def count(self, user_id: str, outcome: Outcome, now: datetime, *, detail: str | None = None) -> None:
        """Count the outcome of a user."""
        if outcome != "deferred":
            setattr(self, outcome, getattr(self, outcome) + 1)
        if outcome == "sent":
            self.meter.add(1, now)
        noted = RecentOutcome(user_id=user_id, outcome=outcome, rule=detail, at=now)
        self.recent = [noted, *self.recent][:RECENT]

    def expire(self, users: int, unanswered: Iterable[str], now: datetime) -> None:
        """Count ``users`` as expired, and the ``unanswered``, whose messages may have gone out, as failed."""
        self.expired += users
        for user_id in unanswered:
            self.count(user_id, "failed", now, detail="no clear answer before the campaign expired")

    def known_rule(self, rule: str) -> str:
        """Return the name under which ``rule`` is counted."""
        return rule if rule in self.refused_by or len(self.refused_by) < MAX_RULES else OTHER_RULES

    def refuse(self, rule: str) -> None:
        """Count one more user that a rule refused."""
        self.refused_by[rule] = self.refused_by.get(rule, 0) + 1


def _slot(moment: datetime) -> int:
    return int(moment.timestamp()) // SLOT
