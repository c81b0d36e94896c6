"""Records of business items, for second runs of their workflows."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column

from workers.store.types import Key, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and let messages tell their tags."""
    op.create_table(
        "business_items",
        Column("item_id", Key, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        Column("status", Key, nullable=False),
        Column("finished", Boolean(create_constraint=True, name="finished"), nullable=False),
        Column("chain", Key, nullable=False),
        Column("request_hash", Key, nullable=False),
        Column("state", JSON, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "user_settings",
        Column("user_id", Key, primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("policy", JSON),
        Column("preferences", JSON),
    )
    op.create_table(
        "counted_sends",
        Column("user_id", Key, primary_key=True),
        Column("send_id", Key, primary_key=True),
        Column("campaign_id", Key, nullable=False),
        Column("channel", Key, nullable=False),
        Column("tags", JSON, nullable=False),
        Column("at", UtcDateTime, nullable=False),
    )
    with op.batch_alter_table(
        "messages", recreate="always" if op.get_context().dialect.name == "sqlite" else "never"
    ) as messages:
        messages.add_column(Column("tags", JSON, nullable=False, server_default="[]"))
    op.create_index("ix_messages_user_id_created_at", "messages", ["user_id", "created_at"])
