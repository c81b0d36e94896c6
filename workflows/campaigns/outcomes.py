"""How users of a campaign ended, as its progress tells it."""

from typing import Literal

from workflows.shared.fields import Answer, UtcDatetime


class OutcomeReason(Answer):
    """Users of a campaign with one outcome for one reason; of those who wait, when the first and the last are due."""

    outcome: Literal["capped", "suppressed", "deferred", "failed", "expired", "pending"]
    reason: str
    users: int
    next_at: UtcDatetime | None = None
    last_at: UtcDatetime | None = None


class RecentOutcome(Answer):
    """Outcome of one user of a campaign."""

    user_id: str
    outcome: Literal["sent", "capped", "suppressed", "deferred", "failed", "expired"]
    rule: str | None = None
    at: UtcDatetime
