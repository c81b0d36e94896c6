"""Inputs and results of the campaigns' activities."""

from typing import Literal

from workflows.campaigns.models import CampaignRequest, Preferences
from workflows.shared.fields import Answer, Identifier, UtcDatetime


class UserRecord(Answer):
    """The part of a user's directory entry that the actor needs."""

    timezone: str
    preferences: Preferences


class SegmentPage(Answer):
    """Which users of a segment to read: up to ``limit`` after ``after``, ordered by ID."""

    segment: Identifier
    after: str | None
    limit: int


class SendBatch(Answer):
    """A campaign, and some users to send its message to."""

    request: CampaignRequest
    user_ids: list[str]
    not_before: UtcDatetime | None = None
    """When the first message may go, to keep the rate."""


class UserResult(Answer):
    """Result for one user of a batch.

    ``unanswered``: actor or provider gave no clear answer, and the message may have gone out; it is retried with the
    same ID. ``detail`` is the rule that refused, or the error.
    """

    user_id: str
    kind: Literal["sent", "denied", "deferred", "failed", "expired", "unanswered"]
    detail: str | None = None
    next_eligible_at: UtcDatetime | None = None


class BatchResult(Answer):
    """Results of a batch, and when the next message may go to keep the rate."""

    results: list[UserResult]
    not_before: UtcDatetime | None = None
