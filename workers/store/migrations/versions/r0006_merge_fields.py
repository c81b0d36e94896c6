"""Attributes of users, and which users are one person."""

from typing import Literal

from alembic import op
from sqlalchemy import JSON, Column, text

from workers.store.types import Key

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add columns, table and indexes; each user is a person of its own until the next import."""
    recreate: Literal["always", "never"] = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("users", recreate=recreate) as changed:
        changed.add_column(Column("attributes", JSON, nullable=False, server_default="{}"))
        changed.add_column(Column("person", Key))
    op.execute("UPDATE users SET person = user_id")
    with op.batch_alter_table("users", recreate=recreate) as changed:
        changed.alter_column("person", nullable=False)
    op.alter_column("send_fences", "user_id", new_column_name="person")
    op.create_index("ix_users_mailbox", "users", [text("lower(email_address)")])
    op.create_index("ix_users_phone", "users", ["phone"])
    op.create_index("ix_users_person", "users", ["person"])
    op.create_table("merge_fields", Column("field", Key, primary_key=True))
