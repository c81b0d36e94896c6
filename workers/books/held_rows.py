"""Reads the store's tables of messages that wait for a digest, page by page."""

from sqlalchemy import Connection, and_, exists, func, or_, select

from workers.books.digests import Taken, Waiting
from workers.books.rows import page_of
from workers.store.digest_parts import may_join
from workers.store.held_schema import held_messages
from workers.store.schema import messages
from workers.store.types import utc_now


def taken(connection: Connection, after: str | None, only: str | None) -> list[Taken]:
    """Return messages that a digest has, and of which something is wrong."""
    row, other = held_messages.c, messages.alias()
    known = exists().where(messages.c.send_id == row.digest_id)
    alone = exists().where(other.c.send_id == row.send_id, other.c.rejection.is_(None))
    in_digest = and_(row.digest_id.is_not(None), row.digest_id != row.send_id)
    query = select(
        row.send_id, row.campaign_id, row.digest_id, known.label("digest_is_known"), alone.label("went_alone")
    ).where(in_digest, or_(~known, alone))
    return [
        Taken(each.send_id, each.campaign_id, each.digest_id, bool(each.digest_is_known), bool(each.went_alone))
        for each in connection.execute(page_of(query, row.send_id, after, only))
    ]


def waiting(connection: Connection, after: str | None, only: str | None) -> list[Waiting]:
    """Return campaigns with messages that digests may take."""
    row = held_messages.c
    query = select(row.campaign_id, func.count().label("messages")).where(may_join(utc_now()))
    grouped = page_of(query, row.campaign_id, after, only).group_by(row.campaign_id)
    return [Waiting(each.campaign_id, each.messages) for each in connection.execute(grouped)]
