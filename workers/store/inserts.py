"""Inserts that meet a known key, in the words of both databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.store.errors import KeyConflictError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert(connection: AsyncConnection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that can say what happens on a known key."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 4 MB of all its drivers, which a store in a file does not need

    return postgresql.insert(table)


async def insert_new(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; return False, and change nothing, when its key is known.

    Two transactions with the same key wait for each other, so that the second one sees what the first one did.
    """
    statement = insert(connection, table).values(**values).on_conflict_do_nothing()
    # A driver need not know how many rows an insert made; what the insert returns is sure.
    result = await connection.execute(statement.returning(*table.primary_key))
    return result.first() is not None


def check_same(key: str, known: RowMapping, given: Mapping[str, Any]) -> None:
    """Compare what is known under a key with what came again.

    Raises:
        KeyConflictError: a field differs.
    """
    for field, value in given.items():
        if known[field] != value:
            raise KeyConflictError(key, field, known[field], value)
