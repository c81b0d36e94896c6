"""The store's tables, read past the code under test: as they are now, and every change that was made to them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, text

from workers.store.engine import Store
from workers.store.schema import captures, parcels, refunds, reservation_lines, reservations, stock

BOOKS = (stock, reservations, reservation_lines, captures, refunds, parcels)
Row = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """All rows, as of one moment."""

    stock: list[Row]
    reservations: list[Row]
    reservation_lines: list[Row]
    captures: list[Row]
    refunds: list[Row]
    parcels: list[Row]


async def read_books(store: Store) -> Books:
    """Return what stands in the tables, in one transaction."""
    return await store.read(_books)


def _books(connection: Connection) -> Books:
    found = {table.name: connection.execute(table.select()).mappings() for table in BOOKS}
    return Books(**{name: [dict(row) for row in rows] for name, rows in found.items()})


@dataclass(frozen=True)
class Change:
    """One row that was written, in the order of the writes."""

    number: int
    table: str
    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """The row as it is after the change, or was before it was deleted."""
        found = self.after or self.before
        assert found is not None
        return found

    def __str__(self) -> str:
        return f"{self.number:4} {self.table}: {self.before or 'new'} -> {self.after or 'deleted'}"


async def keep_trail(store: Store) -> None:
    """Let the database itself write down every change of the books from now on."""
    await store.write(_make_trail)


def _make_trail(connection: Connection) -> None:
    columns = 'number INTEGER PRIMARY KEY, "table" TEXT, "before" TEXT, "after" TEXT'
    connection.execute(text(f"CREATE TABLE trail ({columns})"))
    for table in BOOKS:
        for trigger in _triggers(table):
            connection.execute(text(trigger))


async def read_trail(store: Store) -> list[Change]:
    """Return all changes so far."""
    return await store.read(_trail)


def _trail(connection: Connection) -> list[Change]:
    found = connection.execute(text("SELECT * FROM trail ORDER BY number"))
    return [
        Change(row["number"], row["table"], _decoded(row["before"]), _decoded(row["after"])) for row in found.mappings()
    ]


def _triggers(table: Table) -> Iterator[str]:
    for event, before, after in (
        ("INSERT", "NULL", _row(table, "NEW")),
        ("UPDATE", _row(table, "OLD"), _row(table, "NEW")),
        ("DELETE", _row(table, "OLD"), "NULL"),
    ):
        what = f"VALUES ('{table.name}', {before}, {after})"
        yield (
            f"CREATE TRIGGER trail_{event}_{table.name} AFTER {event} ON {table.name} BEGIN"
            f' INSERT INTO trail ("table", "before", "after") {what}; END'
        )


def _row(table: Table, which: str) -> str:
    fields = ", ".join(f"'{column.name}', {which}.\"{column.name}\"" for column in table.columns)
    return f"json_object({fields})"


def _decoded(row: str | None) -> Row | None:
    decoded: Row | None = None if row is None else json.loads(row)
    return decoded
