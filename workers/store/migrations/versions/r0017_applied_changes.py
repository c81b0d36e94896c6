"""Which changes of a user's settings were applied, so that a reset brings none of them back."""

from typing import Literal

from alembic import op
from sqlalchemy import JSON, Column

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; of settings before nothing is known."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("user_settings", recreate=recreate) as changed:
        changed.add_column(Column("applied", JSON(none_as_null=True)))
