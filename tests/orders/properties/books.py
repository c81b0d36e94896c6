"""The store's tables, read past the code under test, every change made to them, and what always holds in them.

Amounts are in minor units, for each currency.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, text

from workers.store.engine import Store
from workers.store.schema import captures, parcels, refunds, reservation_lines, reservations, stock

BOOKS = (stock, reservations, reservation_lines, captures, refunds, parcels)
Row = dict[str, Any]

HELD, CONSUMED, RELEASED = "HELD", "CONSUMED", "RELEASED"
MOVES = {(None, HELD), (None, RELEASED), (HELD, CONSUMED), (HELD, RELEASED), (CONSUMED, RELEASED)}
"""How a reservation may change: one that was given up before it was made is noted as released, and a parcel that
came back puts its pieces back."""


@dataclass(frozen=True)
class Books:
    """All rows, as of one moment."""

    stock: list[Row]
    reservations: list[Row]
    reservation_lines: list[Row]
    captures: list[Row]
    refunds: list[Row]
    parcels: list[Row]


@dataclass(frozen=True)
class Change:
    """One row that was written, in the order of the writes."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """The row as it is after the change, or was before it was deleted."""
        found = self.after or self.before
        assert found is not None
        return found


async def read_books(store: Store) -> Books:
    """Return what stands in the tables, in one transaction."""
    return await store.read(_books)


def _books(connection: Connection) -> Books:
    found = {table.name: connection.execute(table.select()).mappings() for table in BOOKS}
    return Books(**{name: [dict(row) for row in rows] for name, rows in found.items()})


async def keep_trail(store: Store) -> None:
    """Let the database itself write down every change of the books from now on."""
    await store.write(_make_trail)


def _make_trail(connection: Connection) -> None:
    columns = 'number INTEGER PRIMARY KEY, "table" TEXT, "before" TEXT, "after" TEXT'
    connection.execute(text(f"CREATE TABLE trail ({columns})"))
    for table in BOOKS:
        for trigger in _triggers(table):
            connection.execute(text(trigger))


def _triggers(table: Table) -> Iterator[str]:
    old, new = _row(table, "OLD"), _row(table, "NEW")
    for event, before, after in (("INSERT", "NULL", new), ("UPDATE", old, new), ("DELETE", old, "NULL")):
        what = f"VALUES ('{table.name}', {before}, {after})"
        yield (
            f"CREATE TRIGGER trail_{event}_{table.name} AFTER {event} ON {table.name} BEGIN"
            f' INSERT INTO trail ("table", "before", "after") {what}; END'
        )


def _row(table: Table, which: str) -> str:
    fields = ", ".join(f"'{column.name}', {which}.\"{column.name}\"" for column in table.columns)
    return f"json_object({fields})"


async def read_trail(store: Store) -> list[Change]:
    """Return all changes so far."""
    return await store.read(_trail)


def _trail(connection: Connection) -> list[Change]:
    found = connection.execute(text('SELECT "table", "before", "after" FROM trail ORDER BY number'))
    return [Change(table, *(row and json.loads(row) for row in rows)) for table, *rows in found]


def books_after(changes: Iterable[Change]) -> Books:
    """Return the rows as they are after these changes."""
    rows: dict[str, dict[tuple[Any, ...], Row]] = {table.name: {} for table in BOOKS}
    keys = {table.name: [column.name for column in table.primary_key] for table in BOOKS}
    for change in changes:
        key = tuple(change.row[column] for column in keys[change.table])
        rows[change.table].pop(key, None)
        if change.after is not None:
            rows[change.table][key] = change.after
    return Books(**{name: list(found.values()) for name, found in rows.items()})


def check_books(books: Books, stocked: Mapping[str, int]) -> None:
    """Check what holds at every moment."""
    _check_pieces(books, stocked)
    _check_refunds(books)


def _check_pieces(books: Books, stocked: Mapping[str, int]) -> None:
    """Reserved and consumed pieces never exceed the stock, and no piece appears or vanishes."""
    status = {row["reservation_id"]: row["status"] for row in books.reservations}
    taken: Counter[str] = Counter()
    for line in books.reservation_lines:
        if status[line["reservation_id"]] in (HELD, CONSUMED):
            taken[line["sku"]] += line["quantity"]
    for row in books.stock:
        sku, available = row["sku"], row["available"]
        assert available >= 0, f"{sku}: {available} available"
        assert available + taken[sku] == stocked[sku], f"{sku}: {available} available and {taken[sku]} taken"


def _check_refunds(books: Books) -> None:
    """No payment gives back more than it brought, nor in another currency, nor for another order."""
    back: Counter[str] = Counter()
    captured = {row["payment_id"]: row for row in books.captures}
    for refund in books.refunds:
        capture = captured[refund["payment_id"]]
        same = (capture["currency"], capture["order_id"]) == (refund["currency"], refund["order_id"])
        assert same, f"{refund} is not of {capture}"
        back[refund["payment_id"]] += refund["amount"]
    for payment_id, amount in back.items():
        assert amount <= captured[payment_id]["amount"], f"{payment_id}: {amount} went back of {captured[payment_id]}"


def check_trail(trail: Iterable[Change]) -> None:
    """Check every change, one after the other: a reservation for which nothing was there is not kept."""
    filled: set[str] = set()
    for change in trail:
        if change.table in ("captures", "refunds"):
            assert change.before is None, f"money that moved is rewritten: {change}"
        if change.table == "reservations":
            before, after = [row["status"] if row else None for row in (change.before, change.after)]
            ends_empty = (before, after) == (HELD, None) and change.row["reservation_id"] not in filled
            assert ends_empty or (before, after) in MOVES or before == after, f"no way of a reservation: {change}"
        if change.table == "reservation_lines":
            filled.add(change.row["reservation_id"])


def kept(books: Books, order_id: str) -> Counter[str]:
    """Return captured less refunded money of an order, by currency; currencies with nothing left are not named."""
    money: Counter[str] = Counter()
    for sign, rows in ((1, books.captures), (-1, books.refunds)):
        for row in rows:
            money[row["currency"]] += sign * row["amount"] if row["order_id"] == order_id else 0
    return Counter({currency: amount for currency, amount in money.items() if amount})
