"""What people see of a user's held messages and digests."""

from sqlalchemy import Connection, func, select

from workers.store.digest_parts import is_open
from workers.store.held_messages import parts_of
from workers.store.held_schema import campaign_holds, held_campaigns, held_messages
from workers.store.schema import messages
from workers.store.types import utc_now
from workflows.campaigns.digests.parts import DIGEST
from workflows.campaigns.user_models import HeldMessage, SentDigest

SHOWN = 20
"""Messages, and digests, of a user."""


def held_of(connection: Connection, user_id: str) -> list[HeldMessage]:
    """Return the messages that wait for a digest, oldest first."""
    row, campaign, hold = held_messages.c, held_campaigns.c, campaign_holds.c
    paused = func.coalesce(hold.held_back, False).label("paused")
    joined = held_messages.join(held_campaigns, row.campaign_id == campaign.campaign_id)
    query = (
        select(row.send_id, row.campaign_id, campaign.channel, row.held_at, paused)
        .select_from(joined.outerjoin(campaign_holds, hold.campaign_id == row.campaign_id))
        .where(row.user_id == user_id, is_open(utc_now()))
        .order_by(row.held_at, row.send_id)
        .limit(SHOWN)
    )
    return [HeldMessage.model_validate(dict(each)) for each in connection.execute(query).mappings()]


def digests_of(connection: Connection, user_id: str) -> list[SentDigest]:
    """Return the latest digests of several messages, newest first."""
    row, message = held_messages.c, messages.c
    own = select(message.send_id, message.channel, message.created_at).where(
        message.user_id == user_id,
        message.campaign_id == DIGEST,
        message.send_id.in_(select(row.digest_id).where(row.user_id == user_id)),
    )
    found = connection.execute(own.order_by(message.created_at.desc()).limit(SHOWN)).all()
    return [
        SentDigest(
            send_id=each.send_id,
            channel=each.channel,
            at=each.created_at,
            campaigns=[
                part.campaign_id
                for part in parts_of(connection, select(row.send_id).where(row.digest_id == each.send_id))
            ],
        )
        for each in found
    ]
