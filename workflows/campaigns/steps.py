"""Inputs and results of the campaigns' activities."""

from datetime import timedelta
from typing import Annotated, Literal, TypedDict

from pydantic import BeforeValidator, Field
from temporalio.common import Priority, RetryPolicy

from workflows.campaigns.audience_models import FindAudience, FoundAudience
from workflows.campaigns.bounces import Suppression
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.default_policy import DefaultPolicy
from workflows.campaigns.models import CampaignRequest, CapPolicy, Channel, ChannelConsent, Fence, Preferences
from workflows.campaigns.user_models import HeldMessage, SentDigest
from workflows.campaigns.zones import ReadZones, ZoneTable
from workflows.shared.fields import Answer, Identifier, UtcDatetime
from workflows.shared.items import ItemRecord
from workflows.shared.visibility import FIRST


class ActivityOptions(TypedDict):
    """Options of ``execute_activity``."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    priority: Priority


STORE_STEP = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)),
    priority=FIRST,
)
"""A step that only asks or writes the store: ahead of the queued batches, which may wait for it."""


class UserSettings(Answer):
    """What was set for a user; None where nothing was."""

    number: int = Field(default=0, description="how many changes there were: an older write comes late")
    policy: CapPolicy | None = None
    preferences: Preferences | None = None
    applied: Annotated[list[str], BeforeValidator(lambda value: value or [])] = Field(
        default_factory=list, description="IDs of the updates that made the latest changes, oldest first"
    )


class LoadUser(ReadZones):
    """A user to look up, and the zones to read besides those of the user's settings."""

    user_id: str


class UserRecord(Answer):
    """What the store knows of a user, and an actor begins with."""

    timezone: str
    preferences: Preferences = Field(description="of the directory")
    settings: UserSettings = Field(default_factory=UserSettings)
    sends: list[CountedSend] = Field(default_factory=list, description="sends that went out or may have, oldest first")
    defaults: list[DefaultPolicy] = Field(default_factory=list, description="the default policy, and those to come")
    zones: ZoneTable = Field(default_factory=ZoneTable)
    suppressions: list[Suppression] = Field(default_factory=list)
    fence: Fence

    @property
    def accepted(self) -> Preferences:
        """What was set for the user, else what the directory has; an import may have withdrawn a consent since."""
        chosen = self.settings.preferences or self.preferences
        return chosen.model_copy(update={"channels": self.preferences.channels.stricter(chosen.channels)})


class StoredLimits(Answer):
    """What the store says that limits the sends to a user."""

    channels: ChannelConsent = Field(description="those that the user accepts")
    suppressions: list[Suppression] = Field(default_factory=list)
    defaults: list[DefaultPolicy] = Field(default_factory=list, description="the default policy, and those to come")
    held: list[HeldMessage] = Field(default_factory=list, description="messages that wait for a digest")
    digests: list[SentDigest] = Field(default_factory=list, description="the latest ones")


class UserChanges(Answer):
    """What an actor was told: settings, sends that count from now on, and IDs of those that do not any more."""

    user_id: str
    fence: Fence
    settings: UserSettings
    granted: list[CountedSend] = Field(description="to other senders: they count if the fence is the store's")
    reported: list[CountedSend] = Field(description="they went out: they count in any case")
    released: list[str]
    turned_on: dict[Channel, UtcDatetime] = Field(
        default_factory=dict,
        description="channels that were turned on, and when: earlier suppressions end",
    )


class SavedChanges(Answer):
    """The fence to go on with; None if the actor must read the store first, and decide anew."""

    fence: Fence | None


class OpenCampaign(Answer):
    """A campaign that begins; ``audience`` is what is to be looked for."""

    item_id: str
    audience: FindAudience | None
    html: str | None = None
    """To be kept: a batch has its key only, so that a history does not hold it as often as there are batches."""


class OpenedCampaign(Answer):
    """The record of an earlier run, else the audience."""

    record: ItemRecord | None = None
    audience: FoundAudience | None = None
    html: str | None = Field(default=None, description="key of the HTML in the store")
    fields: list[str] = Field(default_factory=list, description="attributes of users, which a template may name")
    links: bool = Field(default=False, description="whether there are links to unsubscribe")


class SegmentPage(Answer):
    """Which users of a segment to read: up to ``limit`` after ``after``, ordered by ID."""

    segment: Identifier
    after: str | None
    limit: int


class SendBatch(Answer):
    """A campaign, and some users to send its message to."""

    request: CampaignRequest
    user_ids: list[str]
    html: str | None = None
    """Key of the template's HTML in the store."""
    rate: float | None = None
    """Sends a second at most."""
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
