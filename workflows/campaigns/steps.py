"""Inputs and results of the campaigns' activities."""

from typing import Literal

from pydantic import Field

from workflows.campaigns.models import CampaignRequest, Channel, Preferences, Template
from workflows.shared.fields import Answer, Identifier, ShortText, UtcDatetime


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
    """A message, and some users to send it to."""

    campaign_id: Identifier
    name: ShortText
    channel: Channel
    tags: list[ShortText]
    priority: int
    transactional: bool
    template: Template
    user_ids: list[str]
    max_sends_per_second: float | None = None
    not_before: UtcDatetime | None = Field(default=None, description="when the first message may go, to keep the rate")
    expires_at: UtcDatetime | None = None

    @classmethod
    def of(cls, request: CampaignRequest, user_ids: list[str], not_before: UtcDatetime | None) -> "SendBatch":
        """Return the batch of a campaign for these users."""
        fields = request.model_dump(include={"campaign_id", "name", "channel", "tags", "priority", "transactional"})
        return cls(
            **fields,
            template=request.template,
            user_ids=user_ids,
            max_sends_per_second=request.max_sends_per_second,
            not_before=not_before,
            expires_at=request.expires_at,
        )


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
