"""Bounces and complaints, and what became of messages whose sending nobody answered."""

from typing import Literal

from alembic import op
from sqlalchemy import Boolean, CheckConstraint, Column

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add table and columns; nothing has bounced yet."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("messages", recreate=recreate) as changed:
        changed.add_column(Column("bounce", Key))
        changed.add_column(Column("unclear", OutsideText))
    op.create_table(
        "bounces",
        Column("channel", Key, primary_key=True),
        Column("address", Key, primary_key=True),
        Column("kind", Key, CheckConstraint("kind IN ('hard', 'soft', 'complaint')", name="kind"), primary_key=True),
        Column("bounce_key", Key, primary_key=True),
        Column("user_id", Key, nullable=False),
        Column("send_id", Key),
        Column("at", UtcDateTime, nullable=False),
        Column("detail", OutsideText),
        Column("reported_by", OutsideText, nullable=False),
        Column("suppresses", Boolean(create_constraint=True, name="suppresses"), nullable=False),
        Column("lifted_at", UtcDateTime),
        Column("created_at", UtcDateTime, nullable=False),
    )
