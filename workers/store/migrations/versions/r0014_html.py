"""HTML of campaigns, and of messages that no mail server gets."""

from typing import Literal

from alembic import op
from sqlalchemy import Column

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add table and column."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("messages", recreate=recreate) as changed:
        changed.add_column(Column("html", OutsideText))
    op.create_table(
        "templates",
        Column("template_key", Key, primary_key=True),
        Column("html", OutsideText, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
