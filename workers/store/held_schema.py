"""The tables of campaign messages that wait for a digest: see `workers.store.held_messages`."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table

from workers.store.tables import created_at, metadata
from workers.store.types import Key, OutsideText, UtcDateTime

# What campaigns say that have held a message: their merge fields are filled in when it goes out.
held_campaigns = Table(
    "held_campaigns",
    metadata,
    Column("campaign_id", Key, primary_key=True),
    Column("name", OutsideText, nullable=False),
    Column("channel", Key, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("subject", OutsideText),
    Column("body", OutsideText, nullable=False),
    Column("html_key", Key),
    Column("expires_at", UtcDateTime),
    created_at(),
)

# Whether a campaign's held messages stay where they are, since it is paused or has ended.
campaign_holds = Table(
    "campaign_holds",
    metadata,
    Column("campaign_id", Key, primary_key=True),
    Column("held_back", Boolean(create_constraint=True, name="held_back"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

held_messages = Table(
    "held_messages",
    metadata,
    Column("send_id", Key, primary_key=True),
    Column("user_id", Key, nullable=False),
    # What messages of one digest have in common.
    Column("kind", Key, nullable=False),
    Column("campaign_id", Key, nullable=False),
    Column("held_at", UtcDateTime, nullable=False),
    # The digest that it is in, for good; its own ID if it went out alone.
    Column("digest_id", Key),
    Column("withdrawn_at", UtcDateTime),
    Index(None, "user_id", "kind"),
    Index(None, "digest_id"),
    Index(None, "campaign_id"),
)

# How many digests of a kind a user had: the next one's ID has this number.
digest_numbers = Table(
    "digest_numbers",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
