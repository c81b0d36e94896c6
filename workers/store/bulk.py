"""Inserts of many rows: the statement is made once, and rows go to the driver without SQLAlchemy's look at each."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam

from workers.store.inserts import insert_for

Process = Callable[[Any], Any]


def insert_many(
    connection: Connection, table: Table, rows: Collection[Mapping[str, Any]], *, replace: bool = False
) -> None:
    """Insert rows that have all columns of the table; a known key keeps its row, or gets this one with ``replace``."""
    if rows:
        made = _made(connection.dialect, table, replace)
        connection.exec_driver_sql(made.text, made.parameters(connection.dialect, rows))


@dataclass(frozen=True)
class _Insert:
    """The statement of a table for a kind of database."""

    text: str
    table: Table
    order: Sequence[str] | None
    """Names of the parameters, for drivers that take them by position."""

    def parameters(self, dialect: Dialect, rows: Iterable[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - the driver's
        process = _processors(self.table, dialect)
        if self.order is None:
            return [{name: done(row[name]) for name, done in process.items()} for row in rows]
        columns = [(name, process[name]) for name in self.order]
        return [tuple([done(row[name]) for name, done in columns]) for row in rows]


@lru_cache(16)
def _made(dialect: Dialect, table: Table, replace: bool) -> _Insert:  # noqa: FBT001 - a key of the cache
    statement = insert_for(dialect.name, table).values({column.name: bindparam(column.name) for column in table.c})
    if replace:
        changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
        statement = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect)
    return _Insert(str(compiled), table, compiled.positiontup if compiled.positional else None)


def _processors(table: Table, dialect: Dialect) -> Mapping[str, Process]:
    made = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c}
    return {name: process or _as_it_is for name, process in made.items()}


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - of any column
    return value
