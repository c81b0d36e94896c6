"""Inserts that may meet a known key, for both databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import sqlite

from workers.store.errors import KeyConflictError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that has `on_conflict_do_…`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # takes 4 MB

    return postgresql.insert(table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; return False, and change nothing, if its key is known.

    A transaction waits for another one with the same key, and then sees its row.
    """
    # A driver may not know the row count of an insert.
    statement = insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, values).first() is not None


def check_same(key: str, known: RowMapping, given: Mapping[str, Any]) -> None:
    """Check that a known key came again with the same content.

    Raises:
        KeyConflictError: a field differs.
    """
    for field, value in given.items():
        if known[field] != value:
            raise KeyConflictError(key, field, known[field], value)
