"""Every payload of the campaigns system: of the campaign, and of the actor of one user."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from workflows.campaigns.bounces import Suppression
from workflows.campaigns.cap_policy import DEFAULT_POLICY as DEFAULT_POLICY  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import OPTED_OUT as OPTED_OUT  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import QUIET_HOURS as QUIET_HOURS  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import SEND_WINDOW as SEND_WINDOW  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import WEEKDAYS as WEEKDAYS  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import CalendarWindow as CalendarWindow  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import CapPolicy as CapPolicy  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import CapRule as CapRule  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import RollingWindow as RollingWindow  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.cap_policy import Weekday as Weekday  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.channels import Channel as Channel  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.histogram import SendsOverTime
from workflows.campaigns.outcomes import OutcomeReason, RecentOutcome
from workflows.campaigns.send_window import ClockTime
from workflows.campaigns.send_window import SendWindow as SendWindow  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.template import Template as Template  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.user_models import ChannelOutlook, ConsentSource, ConsentState, HeldMessage, SentDigest
from workflows.campaigns.user_models import RecentSend as RecentSend  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.user_models import RuleUsage as RuleUsage  # noqa: PLC0414 - it is imported from here
from workflows.campaigns.when_capped import NO_TRANSACTIONAL_DIGEST, WHEN_CAPPED, WhenCapped, when_outside
from workflows.shared.actions import Action
from workflows.shared.fields import (
    Answer,
    Identifier,
    Integer,
    LongIdentifier,
    LongText,
    Name,
    Payload,
    ShortText,
    TimeZone,
    UtcDatetime,
    wrong_field,
)
from workflows.shared.forecast import IF_NOBODY_ACTS, NextEvent
from workflows.shared.inputs import Input
from workflows.shared.refused_signals import RefusedSignal
from workflows.shared.timeline import TimelineEntry

SendId = LongIdentifier
"""Idempotency key of one message to one user; for a campaign's see ``send_id_of``."""

SendRate = Annotated[float, Field(ge=0.001, le=1000)]
"""Sends a second. One in 17 minutes at least: the moment of the last of many users must be one that there is."""

UNKNOWN_USER = "UnknownUser"
"""Type of the refusal when there is no user with the ID."""

NOT_READY = "is still being looked up; ask again"
"""End of an actor's refusal of a query while it is looking up its user."""


class QuietHours(Payload):
    """No messages from ``start`` until ``end``, local time; it may cross midnight."""

    start: ClockTime = Field(title="From", examples=["22:00"])
    end: ClockTime = Field(title="Until", examples=["07:00"])
    timezone: TimeZone = Field(title="Time zone", examples=["Europe/Paris"])

    @model_validator(mode="after")
    def _last_a_while(self) -> Self:
        if self.start == self.end:
            raise ValueError(f"quiet hours from {self.start} until {self.end} are empty; leave them out instead")
        return self


class ChannelConsent(Payload):
    """Channels that the user accepts."""

    email: bool = Field(default=True, title="E-mail")
    sms: bool = Field(default=True, title="SMS")
    push: bool = True

    def stricter(self, other: "ChannelConsent") -> "ChannelConsent":
        """Return the channels that both accept."""
        return ChannelConsent(**{name: value and getattr(other, name) for name, value in self})


class Preferences(Payload):
    """A user's preferences."""

    channels: ChannelConsent = Field(default_factory=ChannelConsent)
    quiet_hours: QuietHours | None = None
    sources: dict[Channel, ConsentSource] = Field(
        default_factory=dict, description="who set a channel last; of others the list of users decides"
    )


class InlineAudience(Payload):
    """These users."""

    kind: Literal["inline"] = "inline"
    user_ids: list[Identifier] = Field(title="Users", min_length=1, max_length=10_000)


class SegmentAudience(Payload):
    """All users of a segment. It is read in pages during the campaign: users who join an unread page are included."""

    kind: Literal["segment"] = "segment"
    name: Identifier = Field(title="Segment", examples=["everyone"])


class CampaignRequest(Input):
    """Starts a campaign."""

    campaign_id: Identifier = Field(title="Campaign ID", examples=["SPRING-SALE"])
    name: Name = Field(examples=["Spring sale"])
    channel: Channel
    tags: list[ShortText] = Field(default_factory=list, max_length=20)
    priority: Integer = Field(default=5, description="higher goes first", ge=0, le=100)
    transactional: bool = Field(default=False, description="not marketing, such as a receipt: caps do not apply")
    template: Template = Field(title="Message")
    audience: Annotated[InlineAudience | SegmentAudience, Field(discriminator="kind")] = Field(title="Audience")
    max_sends_per_second: SendRate | None = Field(default=None, title="Sends per second")
    send_window: SendWindow | None = Field(default=None, description="weekdays and hours, by the clock of each user")
    when_capped: WhenCapped = Field(default_factory=when_outside, description=WHEN_CAPPED)
    expires_at: UtcDatetime | None = None

    @model_validator(mode="after")
    def _fits_the_channel(self) -> Self:
        if misfit := self.template.misfit(self.channel):
            raise wrong_field(self, "template", *misfit)
        return self

    @model_validator(mode="after")
    def _transactional_ones_have_no_digest(self) -> Self:
        if self.transactional and self.when_capped == "digest":
            raise wrong_field(self, "when_capped", NO_TRANSACTIONAL_DIGEST)
        return self

    @model_validator(mode="after")
    def _transactional_ones_cannot_be_unsubscribed(self) -> Self:
        if self.transactional and (part := self.template.part_with_link):
            words = "a transactional message has no link to unsubscribe; nobody can opt out of one"
            raise wrong_field(self, "template", words, part)
        return self


class CampaignStatus(StrEnum):
    """Status of a campaign."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class CampaignControl(Input):
    """Updates ``pause``, ``resume`` and ``cancel`` of a campaign."""

    by: ShortText
    reason: LongText | None = None


class SetRate(CampaignControl):
    """Update ``set_rate`` of a campaign; null is as fast as it goes."""

    max_sends_per_second: SendRate | None = Field(title="Sends per second")


class CampaignProgress(Answer):
    """Answer of ``get_progress`` and of the campaign's updates.

    ``audience = sent + capped + suppressed + deferred + failed + expired + pending`` at every instant.
    """

    campaign_id: str
    status: CampaignStatus
    audience: int
    sent: int = 0
    capped: int = 0
    suppressed: int = 0
    deferred: int = 0
    failed: int = 0
    expired: int = 0
    pending: int = 0
    in_digests: int = Field(default=0, description="of those that were sent")
    held_for_digest: int = Field(default=0, description="of the deferred ones: they wait for room under a cap")
    rate: float = Field(default=0.0, description="sends a second, lately")
    max_sends_per_second: float | None = Field(
        default=None, description="what it may be now; null if there is no limit"
    )
    request: CampaignRequest = Field(description="as it was started, a long inline audience cut to its first 100 users")
    pace: float = Field(default=0.0, description="users a second that got an outcome, lately")
    pending_until: UtcDatetime | None = Field(
        default=None, description="when all pending users will have an outcome at this pace; null if nobody can tell"
    )
    reasons: list[OutcomeReason] = Field(
        default_factory=list, description="why, for each outcome but `sent`: its users are their sum"
    )
    sends_over_time: SendsOverTime = Field(default_factory=SendsOverTime, description="of the whole campaign")
    sends_a_minute: list[int] = Field(
        default_factory=list, description="sends in each of the last minutes, oldest first"
    )
    recent: list[RecentOutcome] = Field(default_factory=list, description="the latest users, newest first")
    stage_since: UtcDatetime
    updated_at: UtcDatetime
    reason: str | None = None
    attention: str | None = None
    refusals: list[RefusedSignal] = Field(default_factory=list, description="the latest signals that were refused")
    refusal_count: int = 0
    timeline: list[TimelineEntry] = Field(default_factory=list)
    next: list[NextEvent] = Field(default_factory=list, description=IF_NOBODY_ACTS)
    actions: list[Action] = Field(default_factory=list)


class StartUserActor(Input):
    """Starts (or finds) the actor of a user. Missing fields are read from the users' directory."""

    user_id: Identifier = Field(title="User ID", examples=["USER-001"])
    policy: CapPolicy | None = None
    preferences: Preferences | None = None


class SendRequest(Input):
    """Update ``reserve_send`` and query ``can_send``: a message to be sent now."""

    send_id: SendId = Field(title="Send ID")
    campaign_id: Identifier = Field(title="Campaign ID")
    channel: Channel
    tags: list[ShortText] = Field(default_factory=list, max_length=20)
    priority: Integer = Field(default=5, ge=0, le=100)
    transactional: bool = False
    send_window: SendWindow | None = None
    default_revision: Integer = Field(
        default=0, ge=0, description="latest revision of the default policy that the sender has seen in the store"
    )
    recorded: bool = Field(default=False, description="whether the sender itself records the send in the store")
    refused_fence: str | None = Field(
        default=None, description="token of an earlier grant that the store has refused: the actor decides anew"
    )
    waits_as: str | None = Field(
        default=None, description="under which name the sender asks again when quiet hours end"
    )
    capped_as: str | None = Field(
        default=None,
        description="under which name it asks again after a cap: its own, or a digest's; null: it drops the message",
    )


class Decision(StrEnum):
    """Decision of an actor on a send."""

    GRANTED = "GRANTED"
    DENIED = "DENIED"
    DEFERRED = "DEFERRED"
    DUPLICATE = "DUPLICATE"


class Fence(Answer):
    """Fencing token of a grant: the store takes a message only from an actor that knew all sends in the store.

    That is an actor with the store's ``token``, or one that read the store when as many sends had been written.
    """

    token: str = ""
    version: int = Field(default=0, description="how many sends had been written when the actor read the store")
    policy: int = Field(default=0, description="latest revision of the default policy that the actor knew")


class SendDecision(Answer):
    """Answer of ``reserve_send`` and ``can_send``; a refusal names the rule, and when it would allow the send."""

    decision: Decision
    send_id: str
    rule: str | None = None
    next_eligible_at: UtcDatetime | None = None
    kept_for: str | None = Field(
        default=None, description="campaign for whose message the room under the cap is kept: it goes first"
    )
    granted_at: UtcDatetime | None = None
    fence: Fence | None = Field(default=None, description="the actor's, for a sender that records the send")


class ReleaseSend(Input):
    """Update ``release_send``: the message was proven not to have gone out."""

    send_id: SendId = Field(title="Send ID")
    reason: LongText


class Released(Answer):
    """Answer of ``release_send``; false when no send with the ID counted."""

    released: bool


class MessageSent(Payload):
    """Signal ``message_sent``: a sender that did not reserve reports a send."""

    send_id: SendId = Field(title="Send ID")
    campaign_id: Identifier = Field(title="Campaign ID")
    channel: Channel
    tags: list[ShortText] = Field(default_factory=list, max_length=20)
    transactional: bool = False
    sent_at: UtcDatetime | None = None


class SetPreferences(Input):
    """Update ``set_preferences``: what it names is changed, and nothing else. Quiet hours of null are none."""

    channels: ChannelConsent = Field(default_factory=ChannelConsent)
    quiet_hours: QuietHours | None = None
    by: ShortText

    @model_serializer(mode="wrap")
    def _name_what_was_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave the other fields out: their defaults would be changes."""
        named = {name: value for name, value in handler(self).items() if name in self.model_fields_set}
        if "channels" in named:
            named["channels"] = self.channels.model_dump(exclude_unset=True)
        return named

    @property
    def subscribed(self) -> list[Channel]:
        """The channels that it turns on."""
        return [channel for channel in Channel if self.channels.model_dump(exclude_unset=True).get(channel)]

    def older_than(self, preferences: Preferences, asked_at: datetime) -> Self:
        """Return the change without the channels that were set after it was asked for."""
        later = {channel.value for channel, source in preferences.sources.items() if source.at > asked_at}
        named = self.channels.model_dump(exclude_unset=True)
        channels = ChannelConsent(**{name: on for name, on in named.items() if name not in later})
        return self.model_copy(update={"channels": channels}) if later & named.keys() else self

    def applied_to(self, preferences: Preferences, now: datetime) -> Preferences:
        """Return the preferences after this change, made ``now``."""
        channels = preferences.channels.model_copy(update=self.channels.model_dump(exclude_unset=True))
        named = "quiet_hours" in self.model_fields_set
        source = ConsentSource(at=now, by=self.by)
        sources = preferences.sources | {Channel(name): source for name in self.channels.model_fields_set}
        quiet_hours = self.quiet_hours if named else preferences.quiet_hours
        return Preferences(channels=channels, quiet_hours=quiet_hours, sources=sources)


class SetPolicy(Input):
    """Update ``set_policy``: caps of the user's own. Null has the user follow the default policy again."""

    policy: CapPolicy | None = Field(description="without one the user follows the default policy")
    by: ShortText


class RecentDecision(RecentSend):
    """An earlier decision of the actor; it need not count."""

    decision: Decision
    rule: str | None = None
    next_eligible_at: UtcDatetime | None = None
    kept_for: str | None = Field(default=None, description="campaign whose message goes first")


class UserState(Answer):
    """Answer of ``get_user_state``, ``set_preferences``, ``set_policy`` and ``report_bounce``."""

    user_id: str
    preferences: Preferences = Field(description="what the user accepts; a suppressed channel is off")
    suppressions: list[Suppression] = Field(default_factory=list, description="addresses that get nothing any more")
    policy: CapPolicy
    default_revision: int | None = Field(
        default=None, description="which default policy that is: 0 is the built-in one, null are caps of the user's own"
    )
    usage: list[RuleUsage]
    consent: list[ConsentState] = Field(default_factory=list, description="of each channel, and where it comes from")
    outlook: list[ChannelOutlook] = Field(
        default_factory=list, description="what a campaign's message without tags would get now, by channel"
    )
    has_actor: bool = Field(default=True, description="false if the store alone was asked")
    recent: list[RecentSend] = Field(description="the latest sends that count, newest first")
    held: list[HeldMessage] = Field(default_factory=list, description="messages that wait for a digest, oldest first")
    digests: list[SentDigest] = Field(default_factory=list, description="the latest digests, newest first")
    timezone: str = "UTC"
    zone_rules: str = Field(default="", description="version of the time zones' rules, empty if none are needed")
    actions: list[Action] = Field(default_factory=list)
    decisions: list[RecentDecision] = Field(default_factory=list, description="the latest answers, newest first")
    attention: str | None = None
    refusals: list[RefusedSignal] = Field(default_factory=list, description="the latest signals that were refused")
    refusal_count: int = 0
    timeline: list[TimelineEntry] = Field(default_factory=list, description="changes and refused signals")
