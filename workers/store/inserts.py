"""Inserts that meet a known key, in the words of both databases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import sqlite

from workers.store.errors import KeyConflictError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that can say what happens on a known key."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 4 MB of all its drivers, which a store in a file does not need

    return postgresql.insert(table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; return False, and change nothing, when its key is known.

    Two transactions with the same key wait for each other, so that the second one sees what the first one did.
    """
    # A driver need not know how many rows an insert made; what the insert returns is sure.
    statement = insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, values).first() is not None


def check_same(key: str, known: RowMapping, given: Mapping[str, Any]) -> None:
    """Compare what is known under a key with what came again.

    Raises:
        KeyConflictError: a field differs.
    """
    for field, value in given.items():
        if known[field] != value:
            raise KeyConflictError(key, field, known[field], value)
