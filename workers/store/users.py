"""Users whom campaigns may write to, and their segments."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select

from workers.store.engine import Store
from workers.store.fences import claim_fence, pass_fence, read_fence, void_fences
from workers.store.inserts import insert, insert_new
from workers.store.schema import counted_sends, messages, segment_members, segments, user_settings, users
from workers.store.types import UtcDateTime, utc_now
from workflows.campaigns.actor_state import KEPT_SENDS
from workflows.campaigns.caps import CountedSend
from workflows.campaigns.models import ChannelConsent, Fence, Preferences
from workflows.campaigns.ports import User
from workflows.campaigns.steps import SavedChanges, UserChanges, UserSettings

LONGEST_WINDOW = timedelta(days=366)
"""Of a rolling cap."""

Listed = tuple[User, Sequence[str]]
"""A user, and the segments of the user."""


class SqlUsers:
    """The port `Users`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def user(self, user_id: str) -> User | None:
        """Return the user, or None if nobody has that ID."""
        return await self._store.read(_user, user_id)

    async def claim(self, user_id: str) -> User | None:
        """Do the same, with a new fence of the store's: no earlier grant lets a message go out from now on."""
        return await self._store.write(_claim, user_id)

    async def save_changes(self, changes: UserChanges) -> SavedChanges:
        """Write what a user's actor was told. A known send stays as it is."""
        return await self._store.write(_save_changes, changes)

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None if it is not known."""
        return await self._store.read(_segment_size, segment)

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""
        return await self._store.read(_segment_page, segment, after, limit)


def _user(connection: Connection, user_id: str) -> User | None:
    # Before the sends: what is written meanwhile makes the fence too old.
    return _with_fence(connection, user_id, read_fence(connection, user_id))


def _claim(connection: Connection, user_id: str) -> User | None:
    return _with_fence(connection, user_id, claim_fence(connection, user_id))


def _with_fence(connection: Connection, user_id: str, fence: Fence) -> User | None:
    found = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    if found is None:
        return None
    channels = ChannelConsent(email=found.email, sms=found.sms, push=found.push)
    return User(
        found.user_id,
        found.email_address,
        found.phone,
        found.timezone,
        Preferences(channels=channels),
        _settings(connection, user_id),
        _sends(connection, user_id),
        fence,
    )


def _settings(connection: Connection, user_id: str) -> UserSettings:
    query = select(user_settings).where(user_settings.c.user_id == user_id)
    row = connection.execute(query).mappings().one_or_none()
    return UserSettings.model_validate(dict(row or {}))


def _sends(connection: Connection, user_id: str) -> Sequence[CountedSend]:
    """Return what went out or may have, of the longest window that a cap may have; the latest sends, oldest first."""
    message, counted = messages.c, counted_sends.c
    since = utc_now() - LONGEST_WINDOW
    granted_at = func.coalesce(message.granted_at, message.created_at, type_=UtcDateTime).label("at")
    recorded = select(message.send_id, message.campaign_id, message.channel, message.tags, granted_at).where(
        message.user_id == user_id, message.created_at > since, message.rejection.is_(None)
    )
    told = select(counted.send_id, counted.campaign_id, counted.channel, counted.tags, counted.at).where(
        counted.user_id == user_id, counted.at > since
    )
    sends = [
        CountedSend.model_validate(dict(row))
        for query, at in ((recorded, message.created_at), (told, counted.at))
        for row in connection.execute(query.order_by(at.desc()).limit(KEPT_SENDS)).mappings()
    ]
    return tuple(sorted(sends, key=lambda send: send.at))


def _save_changes(connection: Connection, changes: UserChanges) -> SavedChanges:
    """Write it, and return the fence to go on with.

    New settings make a new fence, which calls back what was granted before and has not gone out. What a lost actor was
    told is written too; the living one must read it then.
    """
    user_id = changes.user_id
    passes = pass_fence(connection, user_id, changes.fence)
    reported = _write_sends(connection, user_id, changes.reported)
    changed = _write_settings(connection, changes)
    if not passes:
        if reported or changed:
            void_fences(connection, [user_id])
        return SavedChanges(fence=None)
    _write_sends(connection, user_id, changes.granted)
    counted = counted_sends.c
    connection.execute(delete(counted_sends).where(counted.user_id == user_id, counted.send_id.in_(changes.released)))
    return SavedChanges(fence=claim_fence(connection, user_id) if changed else changes.fence)


def _write_settings(connection: Connection, changes: UserChanges) -> bool:
    row = user_settings.c
    settings = changes.settings.model_dump(mode="json")
    known = connection.execute(select(row.policy, row.number).where(row.user_id == changes.user_id)).one_or_none()
    if changes.settings.number <= (known.number if known else 0):
        return False
    if settings["policy"] != (known.policy if known else None):
        settings["policy_since"] = utc_now()
    statement = insert(connection, user_settings).values(user_id=changes.user_id, **settings)
    newer = row.number < changes.settings.number
    upsert = statement.on_conflict_do_update(index_elements=[row.user_id], set_=settings, where=newer)
    return connection.execute(upsert.returning(row.number)).first() is not None


def _write_sends(connection: Connection, user_id: str, sends: Sequence[CountedSend]) -> bool:
    """Write them, and return whether one was new."""
    new = [insert_new(connection, counted_sends, {"user_id": user_id, **send.model_dump()}) for send in sends]
    return any(new)


def _segment_size(connection: Connection, segment: str) -> int | None:
    known = select(segments.c.segment).where(segments.c.segment == segment)
    if connection.scalar(known) is None:
        return None
    members = select(func.count()).where(segment_members.c.segment == segment)
    return int(connection.scalar(members) or 0)


def _segment_page(connection: Connection, segment: str, after: str | None, limit: int) -> list[str]:
    member = segment_members.c
    query = select(member.user_id).where(member.segment == segment).order_by(member.user_id).limit(limit)
    if after is not None:
        query = query.where(member.user_id > after)
    return list(connection.scalars(query))


def upsert_users(connection: Connection, listed: Sequence[Listed]) -> None:
    """Insert or change users, each listed once; afterwards they are in the listed segments only."""
    if not listed:
        return
    statement = insert(connection, users)
    changed = {column.name: statement.excluded[column.name] for column in users.c if not column.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=[users.c.user_id], set_=changed),
        [user_row(user) for user, _ in listed],
    )
    ids = [user.user_id for user, _ in listed]
    connection.execute(delete(segment_members).where(segment_members.c.user_id.in_(ids)))
    add_to_segments(connection, listed)


def add_to_segments(connection: Connection, listed: Sequence[Listed]) -> None:
    """Add users to their segments, making the segments known."""
    members = [{"segment": name, "user_id": user.user_id} for user, names in listed for name in dict.fromkeys(names)]
    if not members:
        return
    # Sorted, so that two imports cannot deadlock.
    names = sorted({member["segment"] for member in members})
    connection.execute(insert(connection, segments).on_conflict_do_nothing(), [{"segment": n} for n in names])
    connection.execute(insert(connection, segment_members).on_conflict_do_nothing(), members)


def user_row(user: User) -> dict[str, object]:
    """Return the row of a user."""
    return {
        "user_id": user.user_id,
        "email_address": user.email_address,
        "phone": user.phone,
        "timezone": user.timezone,
        **user.preferences.channels.model_dump(),
    }
