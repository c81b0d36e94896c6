"""What the campaigns system needs from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from workflows.campaigns.bounces import Bounce, BounceKind, SavedBounce, Suppression
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.default_policy import DefaultPolicy
from workflows.campaigns.digests.parts import Digest
from workflows.campaigns.digests.ports import HeldMessages
from workflows.campaigns.models import Channel, Fence, Preferences
from workflows.campaigns.steps import SavedChanges, StoredLimits, UserChanges, UserSettings
from workflows.shared.items import Items


@dataclass(frozen=True)
class User:
    """A user whom campaigns can reach."""

    user_id: str
    email_address: str
    phone: str
    timezone: str
    preferences: Preferences
    """As the directory has them."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Further columns of the import, for merge fields."""
    settings: UserSettings = field(default_factory=UserSettings)
    """What the user's actor was told."""
    sends: Sequence[CountedSend] = ()
    """Sends to the user that went out or may have, oldest first."""
    suppressions: Sequence[Suppression] = ()
    """Of the user's addresses."""
    fence: Fence = field(default_factory=Fence, compare=False)
    """That of an actor which begins with this."""
    defaults: Sequence[DefaultPolicy] = ()
    """The default policy that holds, if one was set, and those that will."""


@dataclass(frozen=True)
class UserSample:
    """Some of ``total`` users."""

    total: int
    users: Sequence[User]


class Users(Protocol):
    """The directory of users and segments, and what is known of each user."""

    async def users(self, user_ids: Sequence[str]) -> Mapping[str, User]:
        """Return those of these users that there are, by their IDs."""

    async def claim(self, user_id: str) -> User | None:
        """Return the user, if there is one, with a new fence of the store's.

        No earlier grant lets a message go out from now on.
        """

    async def limits(self, user_id: str) -> StoredLimits | None:
        """Return what limits the sends now, for an actor that has not read it yet; None when nobody has that ID."""

    async def save_changes(self, changes: UserChanges) -> SavedChanges:
        """Write what a user's actor was told. A known send stays as it is."""

    async def save_bounce(self, bounce: Bounce) -> SavedBounce:
        """Keep what a provider says about an address, once by its key, and suppress the address if that is enough.

        No earlier grant to whoever has the address lets a message go out then.
        """

    async def sample(self, segment: str | None, limit: int) -> UserSample:
        """Return how many users there are, in a segment or in all, and up to ``limit`` of them by chance.

        Of their sends only those that a cap may count are known.
        """

    async def merge_fields(self) -> list[str]:
        """Return the names of all attributes that users have."""

    async def unknown_users(self, user_ids: Sequence[str]) -> list[str]:
        """Return those of the IDs that nobody has, in their order."""

    async def like_user(self, user_id: str) -> list[str]:
        """Return IDs of users that are like one that is not known, the most alike first."""

    async def like_segment(self, segment: str) -> list[str]:
        """Return segments that are like one that is not known, the most alike first."""

    async def some_users(self, limit: int) -> list[str]:
        """Return the IDs of the first ``limit`` users, in order."""

    async def some_segments(self, limit: int) -> list[str]:
        """Return the first ``limit`` segments, in order."""

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None when the segment is not known."""

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""


@dataclass(frozen=True)
class Message:
    """One message to one user; ``send_id`` is its idempotency key."""

    send_id: str
    campaign_id: str
    user_id: str
    channel: Channel
    address: str
    subject: str | None
    body: str
    granted_at: datetime
    fence: Fence
    tags: Sequence[str] = ()
    transactional: bool = False
    html: str | None = None
    unsubscribe_url: str | None = None
    """For the header of an e-mail that is not transactional."""
    digest: Digest | None = None
    """If it is one: the held messages that it takes go out in no other."""
    tried_at: datetime | None = None
    """When the attempt began, of one that caps may hold: it goes out by itself unless a digest has it, or unless it was
    withdrawn since then."""


class RejectedByProviderError(Exception):
    """The provider proved that the message did not go out and never will (a bad address, a blocked number).

    ``bounce`` is what that says about the address; None if it is about the message, or about us.
    """

    def __init__(self, words: str, bounce: BounceKind | None = None) -> None:
        super().__init__(words)
        self.bounce = bounce


class UnclearSendError(Exception):
    """The provider got the whole message and did not answer. It may have gone out, and is not sent again."""


class StaleGrantError(Exception):
    """Another actor than the one that granted the message counts the user's sends now. It did not go out."""


class MessageProvider(Protocol):
    """Sends e-mail, SMS and push messages."""

    async def send(self, message: Message) -> None:
        """Send it, once for each ``send_id``. After any other error: retry.

        Raises:
            RejectedByProviderError: it did not go out and never will.
            UnclearSendError: it may have gone out, and never will again.
            StaleGrantError: it must be granted anew.
            DigestChangedError: of a digest, it has or may have other messages by now; of a message, a digest has it.
        """


class Templates(Protocol):
    """HTML of campaigns, kept by a key that is made of it."""

    async def keep(self, html: str) -> str:
        """Keep it, unless it is known, and return its key."""

    async def find(self, key: str) -> str | None:
        """Return the HTML with a key, or None if it is not known."""


class UnsubscribeLinks(Protocol):
    """Makes links to unsubscribe."""

    def url(self, user_id: str, channel: Channel) -> str:
        """Return a link that ends the user's subscription on the channel."""


@dataclass(frozen=True)
class CampaignPorts:
    """All ports of the activities."""

    users: Users
    provider: MessageProvider
    items: Items
    templates: Templates
    held: HeldMessages
    links: UnsubscribeLinks | None = None
    """None if there is no public address for them."""
