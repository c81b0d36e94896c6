"""Whom a campaign can address: users by their IDs, and the users of a segment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, func, select

from workers.store.schema import segment_members, segments, users

ASKED_AT_ONCE = 500
"""User IDs in one query."""


def unknown_users(connection: Connection, user_ids: Sequence[str]) -> list[str]:
    """Return those of the IDs that nobody has, in their order."""
    known: set[str] = set()
    for start in range(0, len(user_ids), ASKED_AT_ONCE):
        some = user_ids[start : start + ASKED_AT_ONCE]
        known.update(connection.scalars(select(users.c.user_id).where(users.c.user_id.in_(some))))
    return [user_id for user_id in user_ids if user_id not in known]


def first_of(connection: Connection, column: Column[Any], limit: int) -> list[str]:
    """Return the first values of a column, in order."""
    return list(connection.scalars(select(column).order_by(column).limit(limit)))


def segment_size(connection: Connection, segment: str) -> int | None:
    """Return how many users a segment has, or None if it is not known."""
    known = select(segments.c.segment).where(segments.c.segment == segment)
    if connection.scalar(known) is None:
        return None
    members = select(func.count()).where(segment_members.c.segment == segment)
    return int(connection.scalar(members) or 0)


def segment_page(connection: Connection, segment: str, after: str | None, limit: int) -> list[str]:
    """Return up to ``limit`` user IDs of the segment that follow ``after``, in the order of their IDs."""
    member = segment_members.c
    query = select(member.user_id).where(member.segment == segment).order_by(member.user_id).limit(limit)
    if after is not None:
        query = query.where(member.user_id > after)
    return list(connection.scalars(query))
