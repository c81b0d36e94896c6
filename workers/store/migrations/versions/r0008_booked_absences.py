"""Absences that an approved request has booked."""

from alembic import op
from sqlalchemy import Column, Date, ForeignKey

from workers.store.types import Key

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table; so far nobody's leave was booked."""
    op.create_table(
        "booked_absences",
        Column("booking_key", Key, primary_key=True),
        Column("person_id", Key, ForeignKey("people.person_id"), nullable=False, index=True),
        Column("first_day", Date, nullable=False),
        Column("last_day", Date, nullable=False),
    )
