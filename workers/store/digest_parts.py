"""Puts held messages into a digest, in the transaction that writes the digest to the outbox.

So a message is in one digest at most, and a digest that nobody recorded has none. All functions raise
`DigestChangedError` where that would not hold; then the transaction writes nothing.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from workers.store.held_schema import campaign_holds, digest_numbers, held_campaigns, held_messages
from workers.store.inserts import insert_new
from workflows.campaigns.digests.parts import Digest
from workflows.campaigns.digests.ports import DigestChangedError


def join_digest(connection: Connection, digest: Digest, now: datetime) -> None:
    """Put its messages into a new digest; a known one must have just these."""
    row = held_messages.c
    known = set(connection.scalars(select(row.send_id).where(row.digest_id == digest.send_id)))
    if known:
        if known != set(digest.parts):
            raise DigestChangedError(f"{digest.send_id} has other messages")
        return
    if not close_number(connection, digest):
        raise DigestChangedError(f"{digest.send_id} is not the next digest of user {digest.user_id}")
    own = and_(row.send_id.in_(digest.parts), row.user_id == digest.user_id, row.kind == digest.kind)
    joined = update(held_messages).where(own, may_join(now)).values(digest_id=digest.send_id).returning(row.send_id)
    if set(connection.scalars(joined)) != set(digest.parts):
        raise DigestChangedError(f"a message of {digest.send_id} is held no longer, or went out")


def close_number(connection: Connection, digest: Digest) -> bool:
    """Let no other message into this digest; return False if it is closed already."""
    if digest.number is None:
        return False
    row = digest_numbers.c
    insert_new(connection, digest_numbers, {"user_id": digest.user_id, "kind": digest.kind, "number": 0})
    own = and_(row.user_id == digest.user_id, row.kind == digest.kind, row.number == digest.number)
    closed = update(digest_numbers).where(own).values(number=row.number + 1).returning(row.number)
    return connection.execute(closed).first() is not None


def go_alone(connection: Connection, send_id: str, tried_at: datetime) -> None:
    """Let a message that is held go out by itself, unless it was withdrawn after the attempt began."""
    row = held_messages.c
    wanted = or_(row.withdrawn_at.is_(None), row.withdrawn_at < tried_at)
    alone = update(held_messages).where(row.send_id == send_id, row.digest_id.is_(None), wanted)
    connection.execute(alone.values(digest_id=send_id, withdrawn_at=None))


def check_alone(connection: Connection, send_id: str) -> None:
    """Check that no digest has a message that goes out by itself, and that it is neither held nor withdrawn."""
    row = held_messages.c
    found = connection.execute(select(row.digest_id).where(row.send_id == send_id)).first()
    if found is not None and found.digest_id != send_id:
        raise DigestChangedError(f"{send_id} is held, or withdrawn, or in {found.digest_id}")


def may_join(now: datetime) -> ColumnElement[bool]:
    """Return that a held message may be in the next digest: none has it, it is wanted, and its campaign goes on."""
    hold = campaign_holds.c
    held_back = exists().where(hold.campaign_id == held_messages.c.campaign_id, hold.held_back)
    return and_(is_open(now), ~held_back)


def is_open(now: datetime) -> ColumnElement[bool]:
    """Return that a held message still waits for a digest, if only until its campaign is resumed."""
    row, campaign = held_messages.c, held_campaigns.alias()
    until = campaign.c.expires_at
    valid = exists().where(campaign.c.campaign_id == row.campaign_id, or_(until.is_(None), until > now))
    return and_(row.digest_id.is_(None), row.withdrawn_at.is_(None), valid)
