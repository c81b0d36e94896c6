"""The tables of what people and providers said about addresses."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Table

from workers.store.tables import created_at, metadata
from workers.store.types import Key, OutsideText, UtcDateTime

# Opt-outs that came by a link, and up to which of them the user's actor has heard.
opt_outs = Table(
    "opt_outs",
    metadata,
    Column("user_id", Key, primary_key=True),
    Column("channel", Key, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# What providers said about addresses: a mailbox in lower case, a telephone number, or for push a user ID.
bounces = Table(
    "bounces",
    metadata,
    Column("channel", Key, primary_key=True),
    Column("address", Key, primary_key=True),
    Column("kind", Key, CheckConstraint("kind IN ('hard', 'soft', 'complaint')", name="kind"), primary_key=True),
    Column("bounce_key", Key, primary_key=True),
    Column("user_id", Key, nullable=False),
    Column("send_id", Key),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", OutsideText),
    Column("reported_by", OutsideText, nullable=False),
    # Whether it suppresses the address, until that is lifted.
    Column("suppresses", Boolean(create_constraint=True, name="suppresses"), nullable=False),
    Column("lifted_at", UtcDateTime),
    created_at(),
)
