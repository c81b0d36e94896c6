"""The default policy of all users, and which reported sends are transactional."""

from typing import Literal

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, false

from workers.store.types import OutsideText, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add table and column; there is no default policy but the built-in one yet."""
    op.create_table(
        "default_policies",
        Column("revision", BigInteger, primary_key=True, autoincrement=False),
        Column("policy", JSON, nullable=False),
        Column("effective_from", UtcDateTime, nullable=False),
        Column("set_by", OutsideText, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("counted_sends", recreate=recreate) as changed:
        changed.add_column(
            Column(
                "transactional",
                Boolean(create_constraint=True, name="transactional"),
                nullable=False,
                server_default=false(),
            )
        )
