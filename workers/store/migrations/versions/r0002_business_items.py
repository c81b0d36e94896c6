"""Records of business items, for second runs of their workflows."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column

from workers.store.types import Key, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
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
