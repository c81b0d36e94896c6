"""Outcomes of a campaign's users so far."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from workflows.campaigns.meter import SendMeter
from workflows.campaigns.models import RecentOutcome
from workflows.shared.fields import Answer

Outcome = Literal["sent", "capped", "suppressed", "deferred", "failed", "expired"]

RECENT = 50
"""Latest outcomes that are kept for display."""

MAX_RULES = 50
"""Rules that are counted by name: each user may have a policy of its own."""

OTHER_RULES = "other rules"


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
