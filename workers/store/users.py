"""Users whom campaigns may write to, and their segments."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from workers.store.engine import Store
from workers.store.inserts import insert
from workers.store.schema import segment_members, segments, users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User

Listed = tuple[User, Sequence[str]]
"""A user, and the segments of the user."""


class SqlUsers:
    """The port `Users`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def user(self, user_id: str) -> User | None:
        """Return the user, or None if nobody has that ID."""
        return await self._store.read(_user, user_id)

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None if it is not known."""
        return await self._store.read(_segment_size, segment)

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""
        return await self._store.read(_segment_page, segment, after, limit)


def _user(connection: Connection, user_id: str) -> User | None:
    found = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    if found is None:
        return None
    channels = ChannelConsent(email=found.email, sms=found.sms, push=found.push)
    return User(found.user_id, found.email_address, found.phone, found.timezone, Preferences(channels=channels))


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
