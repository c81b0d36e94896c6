"""The ID of the store, and of those whose workflows it goes on with."""

import secrets
from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, column, table

from workers.store.types import Key, UtcDateTime, utc_now

revision = "0004"
down_revision = "0003"

STORE_ID_BYTES = 4
"""It is part of each worker's identity, which people read."""


def upgrade() -> None:
    """Make the table, and the store's ID."""
    columns: tuple[Column[Any], ...] = (
        Column("store_id", Key, primary_key=True),
        Column("own", Boolean(create_constraint=True, name="own"), nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table("store_ids", *columns)
    ids = table("store_ids", *(column(each.name, each.type) for each in columns))
    op.bulk_insert(ids, [{"store_id": secrets.token_hex(STORE_ID_BYTES), "own": True, "created_at": utc_now()}])
