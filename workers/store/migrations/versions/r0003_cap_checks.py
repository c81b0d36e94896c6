"""What tells later whether a send was within its user's caps."""

from typing import Literal

from alembic import op
from sqlalchemy import Boolean, Column, false

from workers.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; what was recorded before is judged as far as it is known."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    for table, column in (
        ("messages", Column("transactional", Boolean, nullable=False, server_default=false())),
        ("user_settings", Column("policy_since", UtcDateTime)),
        ("counted_sends", Column("created_at", UtcDateTime)),
    ):
        with op.batch_alter_table(table, recreate=recreate) as changed:
            changed.add_column(column)
