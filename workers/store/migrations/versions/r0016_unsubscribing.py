"""Links to unsubscribe: the secret that they are made with, and the opt-outs that came by them."""

from typing import Literal

from alembic import op
from sqlalchemy import BigInteger, Column

from workers.store.types import Key, OutsideText, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add tables and column."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("messages", recreate=recreate) as changed:
        changed.add_column(Column("unsubscribe_url", OutsideText))
    op.create_table(
        "store_secrets",
        Column("name", Key, primary_key=True),
        Column("value", Key, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "opt_outs",
        Column("user_id", Key, primary_key=True),
        Column("channel", Key, primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("told", BigInteger, nullable=False),
        Column("at", UtcDateTime, nullable=False),
    )
