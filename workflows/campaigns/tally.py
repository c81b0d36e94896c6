"""What has come of a campaign's users so far."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from workflows.campaigns.meter import SendMeter
from workflows.campaigns.models import RecentOutcome
from workflows.shared.fields import Answer

Outcome = Literal["sent", "capped", "suppressed", "deferred", "failed", "expired"]

RECENT = 50
"""How many of the latest outcomes are kept for people to look at."""

MOST_RULES = 50
"""How many rules are counted by name, since each user may have a policy of its own."""

OTHER_RULES = "other rules"


class Tally(Answer):
    """Users by outcome; a deferred user is not finished, and is counted where it waits."""

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
        """How many users have their last outcome."""
        return self.sent + self.capped + self.suppressed + self.failed + self.expired

    def count(self, user_id: str, outcome: Outcome, now: datetime, *, detail: str | None = None) -> None:
        """Note the outcome of a user."""
        match outcome:
            case "sent":
                self.sent += 1
                self.meter.add(1, now)
            case "capped":
                self.capped += 1
            case "suppressed":
                self.suppressed += 1
            case "failed":
                self.failed += 1
            case "expired":
                self.expired += 1
            case "deferred":
                pass
        noted = RecentOutcome(user_id=user_id, outcome=outcome, rule=detail, at=now)
        self.recent = [noted, *self.recent][:RECENT]

    def expire(self, users: int, unanswered: Iterable[str], now: datetime) -> None:
        """Note that time is up: for ``users`` nothing was sent; of the ``unanswered`` it will never be known."""
        self.expired += users
        for user_id in unanswered:
            self.count(user_id, "failed", now, detail="no clear answer before the campaign expired")

    def known_rule(self, rule: str) -> str:
        """Return the name that ``rule`` is counted under."""
        return rule if rule in self.refused_by or len(self.refused_by) < MOST_RULES else OTHER_RULES

    def refuse(self, rule: str) -> None:
        """Note that a rule refused one more user."""
        self.refused_by[rule] = self.refused_by.get(rule, 0) + 1
