"""What a Slack workspace holds: people, channels, messages and open modals. It outlives the server that serves it."""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.slack.clock import Clock

Json = dict[str, Any]

TEAM_ID = "T0TCONSOLE"
TEAM_DOMAIN = "tconsole"
APP_ID = "A0APPROVAL"
BOT_ID = "B0APPROVAL"
BOT_USER_ID = "U0APPROVAL"

NOTIFYING = re.compile(r"<(![a-z]+(?:\^\w+)?|@[UW]\w+)(?:\|[^>]*)?>")
"""Mentions that notify, see https://docs.slack.dev/messaging/formatting-message-text."""
LINK = re.compile(r"<((?:https?|mailto|tel):[^>|]*)(?:\|[^>]*)?>")
PARSED = re.compile(r"@(?:channel|here|everyone)\b|https?://\S+")
"""What ``parse=full`` and ``link_names`` turn into mentions and links."""


@dataclass
class User:
    """A person, or the app's bot user."""

    user_id: str
    name: str
    real_name: str
    email: str
    team_id: str = TEAM_ID
    deleted: bool = False
    """Deactivated: still known by its ID, but no longer found by its e-mail address."""
    is_bot: bool = False


@dataclass
class Message:
    """A message as Slack keeps it: blocks with their IDs filled in."""

    ts: str
    channel_id: str
    user: User
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    edited_ts: str | None = None
    only_for: str | None = None
    """ID of the one person who sees it: an ephemeral message."""
    parsed: bool = False
    """Whether plain names and addresses in its text become mentions and links."""
    metadata: Json = field(default_factory=dict)
    """What the app put beside the message, for itself."""

    @property
    def mentions(self) -> list[str]:
        """Return whom the message notifies, such as ``!channel``."""
        parsed = [found for found in PARSED.findall(self.text) if found.startswith("@")] if self.parsed else []
        return [found for text in self._marked_up() for found in NOTIFYING.findall(text)] + parsed

    @property
    def links(self) -> list[str]:
        """Return the addresses that a reader can press in the text."""
        parsed = [found for found in PARSED.findall(self.text) if not found.startswith("@")] if self.parsed else []
        return [found for text in self._marked_up() for found in LINK.findall(text)] + parsed

    def to_json(self) -> Json:
        """Return the message as the Web API and events show it."""
        shown: Json = {"type": "message", "user": self.user.user_id, "ts": self.ts, "text": self.text}
        if self.user.is_bot:
            shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
        shown |= {"team": self.user.team_id}
        if self.blocks:
            shown["blocks"] = self.blocks
        if self.edited_ts:
            shown["edited"] = {"user": self.user.user_id, "ts": self.edited_ts}
        if self.thread_ts:
            shown["thread_ts"] = self.thread_ts
        return shown

    def _marked_up(self) -> Iterable[str]:
        yield self.text
        yield from (item["text"] for item in text_objects(self.blocks) if item["type"] == "mrkdwn")


@dataclass
class Channel:
    """A channel, or a person's direct messages with the app."""

    channel_id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_im: bool = False
    is_private: bool = False
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def thread(self, ts: str) -> list[Message]:
        """Return the replies to a message, in order."""
        return [message for message in self.messages.values() if message.thread_ts == ts != message.ts]


@dataclass
class View:
    """A modal that a person sees."""

    view_id: str
    user: User
    view: Json
    """As the app gave it, with block IDs filled in."""
    hash: str
    root_id: str
    errors: dict[str, str] = field(default_factory=dict)
    """By block: what the app refused of the last submission."""

    def to_json(self, values: Json | None = None) -> Json:
        """Return the view as Slack shows it to the app; ``values`` are what the person entered."""
        defaults: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        return (
            defaults
            | {"clear_on_close": False, "notify_on_close": False, "previous_view_id": None}
            | self.view
            | {"id": self.view_id, "team_id": TEAM_ID, "app_id": APP_ID, "bot_id": BOT_ID, "hash": self.hash}
            | {"root_view_id": self.root_id, "state": {"values": values or {}}}
        )


@dataclass
class Trigger:
    """The right to open one modal for the person who pressed something, for three seconds."""

    user: User
    at: float
    exchanged: bool = False


@dataclass
class ResponseUrl:
    """The right to answer a click, five times within half an hour."""

    message: Message
    user_id: str
    at: float
    uses: int = 0


class Workspace:
    """The state of one workspace with one app in it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bot = User(BOT_USER_ID, "approvals", "Approvals", "", is_bot=True)
        self.users: dict[str, User] = {BOT_USER_ID: self.bot}
        self.channels: dict[str, Channel] = {}
        self.views: list[View] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()
        self.on_event: Callable[[Json], object] | None = None
        """Takes every event of the Events API."""
        self._number = 0

    def add_user(self, name: str, real_name: str = "", *, team_id: str = TEAM_ID) -> User:
        """Add a person, whose ID and address follow from the name: ``ben`` is U0BEN and ben@example.com."""
        user = User(f"U0{name.upper()}", name, real_name or name.title(), f"{name}@example.com", team_id)
        self.users[user.user_id] = user
        return user

    def add_channel(self, name: str, members: Iterable[User] = (), *, channel_id: str = "", with_bot: bool = True,
                    is_private: bool = False) -> Channel:  # fmt: skip
        """Add a channel; ``name`` without the ``#``."""
        channel = Channel(channel_id or f"C0{name.upper().replace('-', '')}", name, is_private=is_private)
        channel.members = {user.user_id for user in members} | ({BOT_USER_ID} if with_bot else set())
        self.channels[channel.channel_id] = channel
        return channel

    def direct_messages(self, user: User) -> Channel:
        """Return a person's direct messages with the app, opened if they were not."""
        channel_id = f"D{user.user_id[1:]}"
        if channel_id not in self.channels:
            members = {user.user_id, BOT_USER_ID}
            self.channels[channel_id] = Channel(channel_id, "directmessage", members, is_im=True)
        return self.channels[channel_id]

    def next_ts(self) -> str:
        """Return the time as a message ID, never twice the same."""
        self._number += 1
        return f"{int(self.clock.now())}.{self._number:06}"

    def event(self, event: Json, user: User, channel: Channel) -> None:
        """Tell the app of something that happened in a channel; see https://docs.slack.dev/apis/events-api."""
        if self.on_event is None or BOT_USER_ID not in channel.members:
            return
        kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
        event_ts = event.get("event_ts") or event.get("ts") or self.next_ts()
        authorization = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
        self.on_event(
            {
                "token": "verification",
                "team_id": TEAM_ID,
                "context_team_id": user.team_id,
                "context_enterprise_id": None,
                "api_app_id": APP_ID,
                "event": event | {"channel": channel.channel_id, "channel_type": kind, "event_ts": event_ts},
                "type": "event_callback",
                "event_id": f"Ev{new_secret()[:9].upper()}",
                "event_time": int(self.clock.now()),
                "authorizations": [authorization | {"is_enterprise_install": False}],
                "is_ext_shared_channel": user.team_id != TEAM_ID,
                "event_context": new_secret(),
            }
        )


def new_secret() -> str:
    """Return an ID that nobody guesses."""
    return secrets.token_hex(12)


def text_objects(value: object) -> list[Json]:
    """Return all text objects within blocks, in order."""
    if isinstance(value, list):
        return [found for item in value for found in text_objects(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in {"plain_text", "mrkdwn"}:
        return [value]
    return [found for item in value.values() for found in text_objects(item)]
