"""What all tables share."""

from typing import Any

from sqlalchemy import Column, MetaData

from workers.store.types import UtcDateTime, utc_now

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def created_at() -> Column[Any]:
    """Return the column that says since when a row is there."""
    return Column("created_at", UtcDateTime, nullable=False, default=utc_now)
