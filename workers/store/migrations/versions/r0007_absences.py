"""Where people are, when they are absent, and who stands in."""

from typing import Literal

from alembic import op
from sqlalchemy import Column, Date

from workers.store.types import Key, OutsideText

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; of people so far nothing of that is known."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("people", recreate=recreate) as changed:
        changed.add_column(Column("timezone", OutsideText))
        changed.add_column(Column("slack_id", Key))
        changed.add_column(Column("calendar", OutsideText))
        changed.add_column(Column("absent_from", Date))
        changed.add_column(Column("absent_until", Date))
        changed.add_column(Column("substitute", Key))
        changed.create_unique_constraint("uq_people_slack_id", ["slack_id"])
        changed.create_foreign_key("fk_people_substitute", "people", ["substitute"], ["person_id"])
