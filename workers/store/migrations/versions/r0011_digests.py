"""When people want the digest of what waits for them, instead of a message for each request."""

from typing import Literal

from alembic import op
from sqlalchemy import Column

from workers.store.types import Key

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; nobody has a digest yet."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("people", recreate=recreate) as changed:
        changed.add_column(Column("digest", Key))
