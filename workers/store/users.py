"""Users who can be written to, and their segments."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.store.engine import Store
from workers.store.inserts import insert
from workers.store.schema import segment_members, segments, users
from workflows.campaigns.models import ChannelConsent, Preferences
from workflows.campaigns.ports import User

Listed = tuple[User, Sequence[str]]
"""A user, and the segments of the user."""


class SqlUsers:
    """The directory of users of the campaigns system (port `Users`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def user(self, user_id: str) -> User | None:
        """Return the user, or None when nobody has that ID."""
        async with self._store.read() as connection:
            found = (await connection.execute(select(users).where(users.c.user_id == user_id))).one_or_none()
        if found is None:
            return None
        channels = ChannelConsent(email=found.email, sms=found.sms, push=found.push)
        return User(found.user_id, found.email_address, found.phone, found.timezone, Preferences(channels=channels))

    async def segment_size(self, segment: str) -> int | None:
        """Return how many users a segment has, or None when the segment is not known."""
        known = select(segments.c.segment).where(segments.c.segment == segment)
        members = select(func.count()).where(segment_members.c.segment == segment)
        async with self._store.read() as connection:
            if await connection.scalar(known) is None:
                return None
            return int(await connection.scalar(members) or 0)

    async def segment_page(self, segment: str, *, after: str | None, limit: int) -> list[str]:
        """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""
        member = segment_members.c
        query = select(member.user_id).where(member.segment == segment).order_by(member.user_id).limit(limit)
        if after is not None:
            query = query.where(member.user_id > after)
        async with self._store.read() as connection:
            return list(await connection.scalars(query))


async def upsert_users(connection: AsyncConnection, listed: Sequence[Listed]) -> None:
    """Write users as they are listed now: a known user is changed, and is in the listed segments only.

    Each user may be listed once. Quiet hours are the user actor's, and are not kept here.
    """
    if not listed:
        return
    statement = insert(connection, users)
    changed = {column.name: statement.excluded[column.name] for column in users.c if not column.primary_key}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=[users.c.user_id], set_=changed),
        [user_row(user) for user, _ in listed],
    )
    ids = [user.user_id for user, _ in listed]
    await connection.execute(delete(segment_members).where(segment_members.c.user_id.in_(ids)))
    await add_to_segments(connection, listed)


async def add_to_segments(connection: AsyncConnection, listed: Sequence[Listed]) -> None:
    """Add users to their segments, making the segments known."""
    members = [{"segment": name, "user_id": user.user_id} for user, names in listed for name in dict.fromkeys(names)]
    if not members:
        return
    # In order: two imports that make the same segments must not wait for each other crosswise.
    names = sorted({member["segment"] for member in members})
    await connection.execute(insert(connection, segments).on_conflict_do_nothing(), [{"segment": n} for n in names])
    await connection.execute(insert(connection, segment_members).on_conflict_do_nothing(), members)


def user_row(user: User) -> dict[str, object]:
    """Return the row of a user."""
    return {
        "user_id": user.user_id,
        "email_address": user.email_address,
        "phone": user.phone,
        "timezone": user.timezone,
        **user.preferences.channels.model_dump(),
    }
