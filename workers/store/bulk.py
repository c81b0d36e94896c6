"""Inserts of many rows: the statement is made once, and rows go to the driver as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam

from workers.store.inserts import insert_for


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, replace: bool = False) -> int:
    """Insert rows of all columns in the table's order, as the driver takes them: JSON is text. Return how many it did.

    A known key keeps its row, or gets this one with ``replace``.
    """
    if not rows:
        return 0
    made = _made(connection.dialect, table, replace)
    given: Any = list(rows) if made.positional else [dict(zip(made.names, row, strict=True)) for row in rows]
    return connection.exec_driver_sql(made.text, given).rowcount


@dataclass(frozen=True)
class _Insert:
    """The statement of a table for a kind of database."""

    text: str
    names: Sequence[str]
    positional: bool
    """Whether the driver takes parameters by position."""


@lru_cache(16)
def _made(dialect: Dialect, table: Table, replace: bool) -> _Insert:  # noqa: FBT001 - a key of the cache
    names = [column.name for column in table.c]
    statement = insert_for(dialect.name, table).values({name: bindparam(name) for name in names})
    if replace:
        changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
        statement = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect)
    return _Insert(str(compiled), names, compiled.positional)
