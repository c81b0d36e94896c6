"""What a user's actor tells about consent and about the next message."""

from typing import Literal

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
