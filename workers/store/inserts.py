"""Inserts that may meet a known key, for both databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table
from sqlalchemy.dialects import sqlite

from workers.store.errors import KeyConflictError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that has `on_conflict_do_…`."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Do the same for a dialect of that name."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # takes 4 MB

    return postgresql.insert(table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; return False, and change nothing, if its key is known.

    A transaction waits for another one with the same key, and then sees its row.
    """
    return inserted(connection, table, values, *table.primary_key) is not None


def inserted(
    connection: Connection, table: Table, values: Mapping[str, Any], *columns: ColumnElement[Any]
) -> RowMapping | None:
    """Do the same, and return these columns of the new row, or None if its key is known."""
    # A driver may not know the row count of an insert.
    statement = insert(connection, table).on_conflict_do_nothing().returning(*columns)
    return connection.execute(statement, values).mappings().first()


def check_same(key: str, known: RowMapping, given: Mapping[str, Any]) -> None:
    """Check that a known key came again with the same content.

    Raises:
        KeyConflictError: a field differs.
    """
    for field, value in given.items():
        if known[field] != value:
            raise KeyConflictError(key, field, known[field], value)
