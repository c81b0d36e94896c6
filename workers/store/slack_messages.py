"""What Slack is to show, and what it shows: written by approvals, brought to Slack by the relay."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, and_, case, literal, null, or_, select, update
from sqlalchemy.sql import ColumnElement

from workers.store.engine import Store
from workers.store.slack_digests import Calendars
from workers.store.slack_schema import slack_cards, slack_clicks, slack_messages
from workers.store.slack_wanted import put_wanted
from workers.store.types import UtcDateTime, utc_now
from workflows.approvals.people.calendars import NO_CALENDARS
from workflows.approvals.slack.models import (
    LevelCard,
    MessageState,
    SlackClick,
    SlackMessage,
    SlackState,
    WantedMessages,
)

UNDONE = ("waiting", "failing", "nobody")
"""States of messages that are not as they should be."""
POST_TAKES = timedelta(seconds=15)
"""Longer than the timeout of a call."""
MAX_CLICKS = 200
"""Refused ones that are told of, the latest."""


@dataclass(frozen=True)
class MessageKey:
    """Which message it is."""

    request_id: str
    part: str
    recipient: str


@dataclass(frozen=True)
class Parent:
    """The message above one in its thread."""

    state: MessageState
    channel: str | None
    ts: str | None


@dataclass(frozen=True)
class DueMessage:
    """A message that is to be posted or changed."""

    key: MessageKey
    kind: str
    revision: int
    """The one to show."""
    state: MessageState
    posting: bool
    channel: str | None
    ts: str | None
    attempts: int
    content: dict[str, Any]
    """Of a notice or comment: ``title``, ``text``."""
    card: LevelCard | None
    """Of a copy of a card."""
    parent: Parent | None
    """Of a comment: the copy of the card that it stands below."""


async def no_calendars() -> Calendars:
    """Return that there are none but those of countries."""
    return NO_CALENDARS


class SqlSlackMessages:
    """The port `SlackBoard`. ``wake`` is called when there is something new, ``calendars`` returns the policy's."""

    def __init__(
        self,
        store: Store,
        *,
        on: bool,
        wake: Callable[[], None] = lambda: None,
        calendars: Callable[[], Awaitable[Calendars]] = no_calendars,
    ) -> None:
        self._store = store
        self._calendars = calendars
        self._on = on
        self._wake = wake

    @property
    def on(self) -> bool:
        """Return whether there is a Slack."""
        return self._on

    async def put(self, wanted: WantedMessages) -> None:
        """Keep what Slack is to show of a request."""
        await self._store.write(put_wanted, wanted, await self._calendars())
        self._wake()

    async def state(self, request_id: str) -> SlackState:
        """Return what became of a request's messages."""
        return await self._store.read(_state, request_id, self._on)


def due_recipients(connection: Connection) -> list[str]:
    """Return who has messages that are due now."""
    row = slack_messages.c
    return list(connection.scalars(select(row.recipient).where(_is_due()).distinct().order_by(row.recipient)))


def next_due(connection: Connection, recipient: str) -> DueMessage | None:
    """Return the first message to a recipient that is due now."""
    row = slack_messages.c
    query = select(slack_messages).where(row.recipient == recipient, _is_due()).order_by(row.position, row.part)
    found = connection.execute(query.limit(1)).mappings().one_or_none()
    if found is None:
        return None
    key = MessageKey(found["request_id"], found["part"], recipient)
    card = _card(connection, key.request_id, key.part) if found["kind"] == "card" else None
    parent = _parent(connection, key, found["card"]) if found["kind"] == "comment" else None
    return DueMessage(
        key=key,
        kind=found["kind"],
        revision=found["wanted"],
        state=cast("MessageState", found["state"]),
        posting=found["posting"],
        channel=found["channel"],
        ts=found["ts"],
        attempts=found["attempts"],
        content=found["content"] or {},
        card=card,
        parent=parent,
    )


def find_card(connection: Connection, request_id: str, part: str) -> LevelCard | None:
    """Return what is known of a card."""
    return _card(connection, request_id, part)


def request_of(connection: Connection, channel: str, ts: str) -> MessageKey | None:
    """Return which message that is in Slack."""
    row = slack_messages.c
    found = connection.execute(select(slack_messages).where(row.channel == channel, row.ts == ts)).first()
    return None if found is None else MessageKey(found.request_id, found.part, found.recipient)


def begin_post(connection: Connection, message: DueMessage) -> bool:
    """Note that a message is about to be posted: whatever happens then, it may be in Slack.

    Return False if another process has begun meanwhile. Until `POST_TAKES` nobody else takes it for lost.
    """
    row, key = slack_messages.c, message.key
    same = and_(row.request_id == key.request_id, row.part == key.part, row.recipient == key.recipient)
    as_read = and_(row.posting == message.posting, row.attempts == message.attempts, row.ts.is_(None))
    values = {"posting": True, "attempts": row.attempts + 1, "retry_at": utc_now() + POST_TAKES}
    begun = update(slack_messages).where(same, as_read).values(values).returning(row.part)
    return connection.execute(begun).first() is not None


def end_post(connection: Connection, key: MessageKey, posting: bool) -> None:  # noqa: FBT001 - as `Store.write` passes it
    """Note that the call has ended: whether the message may be in Slack."""
    _set(connection, key, posting=posting, retry_at=None)


def note_shown(connection: Connection, key: MessageKey, revision: int, channel: str, ts: str) -> None:
    """Note where a message is, and which revision it shows; 0 if that is not known."""
    up_to_date = case((slack_messages.c.wanted > revision, "waiting"), else_="sent")
    values = {"posting": False, "channel": channel, "ts": ts, "shown": revision, "state": up_to_date}
    _set(connection, key, **values, attempts=0, retry_at=None, error=None)


def note_failed(
    connection: Connection,
    key: MessageKey,
    revision: int,
    state: MessageState,
    error: str | None,
    retry_at: datetime | None,
) -> None:
    """Note why a message is not as it should be, and when that revision is tried again; a newer one is at once."""
    newer = slack_messages.c.wanted > revision
    at = case((newer, null()), else_=literal(retry_at, UtcDateTime))
    _set(connection, key, state=case((newer, "waiting"), else_=state), error=error, retry_at=at)


def forget_post(connection: Connection, key: MessageKey) -> None:
    """Note that a message is in Slack no longer, and shall be posted anew."""
    _set(connection, key, channel=None, ts=None, shown=0, state="waiting", posting=False, retry_at=None)


def note_deleted(connection: Connection, key: MessageKey) -> None:
    """Note that a message is in Slack no longer, and need not be."""
    words = "it was deleted in Slack"
    _set(connection, key, state="deleted", posting=False, retry_at=None, error=words)


def _set(connection: Connection, key: MessageKey, **values: object) -> None:
    row = slack_messages.c
    same = and_(row.request_id == key.request_id, row.part == key.part, row.recipient == key.recipient)
    connection.execute(update(slack_messages).where(same).values(**values))


def _is_due() -> ColumnElement[bool]:
    row = slack_messages.c
    return and_(row.state.in_(UNDONE), or_(row.retry_at.is_(None), row.retry_at <= utc_now()))


def _card(connection: Connection, request_id: str, part: str) -> LevelCard | None:
    row = slack_cards.c
    content = connection.scalar(select(row.content).where(row.request_id == request_id, row.part == part))
    return None if content is None else LevelCard.model_validate(content)


def _parent(connection: Connection, key: MessageKey, card: str) -> Parent | None:
    row = slack_messages.c
    query = select(row.state, row.channel, row.ts).where(
        row.request_id == key.request_id, row.part == card, row.recipient == key.recipient
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else Parent(cast("MessageState", found.state), found.channel, found.ts)


def _state(connection: Connection, request_id: str, on: bool) -> SlackState:  # noqa: FBT001 - as `Store.read` passes it
    row, click = slack_messages.c, slack_clicks.c
    found = connection.execute(
        select(slack_messages).where(row.request_id == request_id).order_by(row.position, row.part, row.recipient)
    ).mappings()
    refused = connection.execute(
        select(slack_clicks)
        .where(click.request_id == request_id, click.state == "REFUSED")
        .order_by(click.created_at.desc(), click.click_key.desc())
        .limit(MAX_CLICKS)
    ).all()
    clicks = [
        SlackClick(
            at=each.created_at,
            action=each.action,
            slack_user=each.slack_user,
            team=each.team,
            person=each.person,
            reason=each.outcome or "",
        )
        for each in reversed(refused)
    ]
    messages = [SlackMessage.model_validate(dict(each)) for each in found]
    return SlackState(request_id=request_id, on=on, messages=messages, refused_clicks=clicks)
