"""Payments that an approved request has released."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from workers.store.types import Key, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table; so far nothing was released."""
    op.create_table(
        "payment_releases",
        Column("release_key", Key, primary_key=True),
        Column("request_id", Key, nullable=False, index=True),
        Column("version", Integer, nullable=False),
        Column("kind", Key, nullable=False),
        Column("payee", Key, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", Key, nullable=False),
        Column("content_hash", Key, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
