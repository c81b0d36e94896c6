"""What a user's actor tells about consent and about the next message."""

from typing import Literal

from pydantic import Field

from workflows.campaigns.channels import Channel
from workflows.shared.fields import Answer, Payload, ShortText, UtcDatetime


class ConsentSource(Payload):
    """Who set the consent to a channel, and when."""

    by: ShortText
    at: UtcDatetime


class ConsentState(Answer):
    """The consent to a channel; ``since`` is null where nobody noted it."""

    channel: Channel
    state: Literal["subscribed", "unsubscribed", "suppressed"]
    source: str
    since: UtcDatetime | None = None


class ChannelOutlook(Answer):
    """Whether a message may go now; if not, which rule refuses it, and when it would allow it, null for never."""

    channel: Channel
    allowed: bool
    rule: str | None = None
    next_eligible_at: UtcDatetime | None = None


class RecentSend(Answer):
    """A send that the actor knows."""

    send_id: str
    campaign_id: str
    channel: Channel
    at: UtcDatetime


class RuleUsage(Answer):
    """Usage of one cap; ``resets_at`` is when usage falls next, null when nothing counts."""

    rule: str
    used: int
    limit: int
    resets_at: UtcDatetime | None = None
    filled_by: list[RecentSend] = Field(default_factory=list, description="the latest sends that it counts")


class HeldMessage(Answer):
    """A message that waits for a digest."""

    send_id: str
    campaign_id: str
    channel: Channel
    held_at: UtcDatetime
    paused: bool = Field(default=False, description="whether its campaign is, so that no digest takes it")


class SentDigest(Answer):
    """A digest, and the campaigns whose messages are in it."""

    send_id: str
    channel: Channel
    at: UtcDatetime
    campaigns: list[str]
