"""Whose grants let messages to a user go out, and when they were granted."""

from typing import Literal

from alembic import op
from sqlalchemy import BigInteger, Column

from workers.store.types import Key, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, and add the column; when older messages were granted is not known."""
    op.create_table(
        "send_fences",
        Column("user_id", Key, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("token", Key),
    )
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("messages", recreate=recreate) as changed:
        changed.add_column(Column("granted_at", UtcDateTime))
