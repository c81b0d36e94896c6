"""Stock: how many pieces of each SKU may still be reserved, and where the others are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from workers.store.inserts import insert
from workers.store.near import near
from workers.store.schema import reservation_lines, reservations, stock
from workflows.orders.ports import OutOfStockError, UnknownSkuError
from workflows.orders.views.models import ReservationStatus


@dataclass(frozen=True)
class StockLevel:
    """Where the pieces of a SKU are."""

    sku: str
    available: int
    held: int
    consumed: int


def set_available(connection: Connection, sku: str, quantity: int) -> None:
    """Set the available pieces of a SKU, new or known."""
    statement = insert(connection, stock).values(sku=sku, available=quantity)
    connection.execute(statement.on_conflict_do_update(index_elements=[stock.c.sku], set_={"available": quantity}))


def stock_levels(connection: Connection) -> list[StockLevel]:
    """Return where the pieces of every SKU are, in the order of the SKUs."""
    line, held = reservation_lines.c, reservations.c.status == ReservationStatus.HELD
    consumed = reservations.c.status == ReservationStatus.CONSUMED
    pieces = func.coalesce(func.sum(line.quantity).filter(held), 0).label("held")
    gone = func.coalesce(func.sum(line.quantity).filter(consumed), 0).label("consumed")
    joined = stock.outerjoin(reservation_lines).outerjoin(reservations)
    query = select(stock.c.sku, stock.c.available, pieces, gone).select_from(joined)
    rows = connection.execute(query.group_by(stock.c.sku, stock.c.available).order_by(stock.c.sku))
    return [StockLevel(row.sku, int(row.available), int(row.held), int(row.consumed)) for row in rows]


def take(connection: Connection, wanted: Mapping[str, int]) -> None:
    """Take all that is wanted.

    Raises:
        UnknownSkuError: a SKU is not known.
        OutOfStockError: a SKU has too few pieces left.
    """
    available = _lock_stock(connection, wanted)
    for sku, quantity in wanted.items():
        if available[sku] < quantity:
            raise OutOfStockError(sku, quantity, available[sku])
    _add(connection, {sku: -quantity for sku, quantity in wanted.items()})


def take_available(connection: Connection, wanted: Mapping[str, int]) -> dict[str, int]:
    """Take what there is, up to what is wanted, and return it.

    Raises:
        UnknownSkuError: a SKU is not known.
    """
    available = _lock_stock(connection, wanted)
    taken = {sku: min(quantity, available[sku]) for sku, quantity in wanted.items() if available[sku]}
    _add(connection, {sku: -quantity for sku, quantity in taken.items()})
    return taken


def put_back(connection: Connection, pieces: Mapping[str, int]) -> None:
    """Make pieces available again."""
    _lock_stock(connection, pieces)
    _add(connection, pieces)


def _lock_stock(connection: Connection, skus: Iterable[str]) -> dict[str, int]:
    """Return the available pieces, locked, always in one order, so that transactions cannot deadlock.

    Raises:
        UnknownSkuError: a SKU is not known.
    """
    query = select(stock.c.sku, stock.c.available).where(stock.c.sku.in_(list(skus)))
    rows = connection.execute(query.order_by(stock.c.sku).with_for_update())
    available = {row.sku: row.available for row in rows}
    if unknown := [sku for sku in skus if sku not in available]:
        raise UnknownSkuError(unknown[0], near(connection, stock.c.sku, unknown[0]))
    return available


def _add(connection: Connection, pieces: Mapping[str, int]) -> None:
    for sku, quantity in pieces.items():
        connection.execute(update(stock).where(stock.c.sku == sku).values(available=stock.c.available + quantity))
