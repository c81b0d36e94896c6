"""Messages that caps hold back until a digest takes them."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the tables; nothing is held yet."""
    op.create_table(
        "held_campaigns",
        Column("campaign_id", Key, primary_key=True),
        Column("name", OutsideText, nullable=False),
        Column("channel", Key, nullable=False),
        Column("tags", JSON, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("subject", OutsideText),
        Column("body", OutsideText, nullable=False),
        Column("html_key", Key),
        Column("expires_at", UtcDateTime),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "campaign_holds",
        Column("campaign_id", Key, primary_key=True),
        Column("held_back", Boolean(create_constraint=True, name="held_back"), nullable=False),
        Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "held_messages",
        Column("send_id", Key, primary_key=True),
        Column("user_id", Key, nullable=False),
        Column("kind", Key, nullable=False),
        Column("campaign_id", Key, nullable=False),
        Column("held_at", UtcDateTime, nullable=False),
        Column("digest_id", Key),
        Column("withdrawn_at", UtcDateTime),
    )
    op.create_index("ix_held_messages_user_id_kind", "held_messages", ["user_id", "kind"])
    op.create_index("ix_held_messages_digest_id", "held_messages", ["digest_id"])
    op.create_index("ix_held_messages_campaign_id", "held_messages", ["campaign_id"])
    op.create_table(
        "digest_numbers",
        Column("user_id", Key, primary_key=True),
        Column("kind", Key, primary_key=True),
        Column("number", BigInteger, nullable=False),
    )
