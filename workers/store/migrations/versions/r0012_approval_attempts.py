"""Refused attempts on requests that have ended, or never began."""

from alembic import op
from sqlalchemy import Column, Integer, UniqueConstraint

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table; nobody has kept any so far."""
    op.create_table(
        "approval_attempts",
        Column("attempt_id", Key, primary_key=True),
        Column("request_id", Key, nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("at", UtcDateTime, nullable=False),
        Column("actor", OutsideText, nullable=False),
        Column("action", Key, nullable=False),
        Column("detail", OutsideText, nullable=False),
        Column("previous_hash", Key, nullable=False),
        Column("hash", Key, nullable=False),
        UniqueConstraint("request_id", "sequence", name=op.f("uq_approval_attempts_request_id")),
    )
