"""Stock and reservations.

A SKU's pieces are available, held by a reservation, or consumed by one. Only the available ones are counted in
`stock`; the others are the lines of reservations, so the three cannot drift apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.store.engine import Store
from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.inserts import check_same, insert, insert_new
from workers.store.schema import line_releases, reservation_lines, reservations, stock
from workflows.orders.models import ReservationStatus, ReservedLine
from workflows.orders.ports import OutOfStockError, ReservationEndedError, UnknownSkuError


@dataclass(frozen=True)
class StockLevel:
    """Where the pieces of a SKU are."""

    sku: str
    available: int
    held: int
    consumed: int


class SqlInventory:
    """The inventory of the orders system (port `Inventory`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reserve(self, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Set all lines aside, or none. A known ``reservation_id`` changes nothing.

        Raises:
            UnknownSkuError: a SKU is not known.
            OutOfStockError: a SKU has too few pieces left.
            KeyConflictError: the reservation is known with other lines.
            ReservationEndedError: it is known, and released or consumed.
            ValueError: a line has no pieces.
        """
        wanted = _total(lines)
        async with self._store.write() as connection:
            if await _insert_reservation(connection, reservation_id, ReservationStatus.HELD):
                await _take(connection, wanted)
                await _insert_lines(connection, reservation_id, wanted)
            else:
                await _check_held(connection, reservation_id)
                await _check_lines(connection, reservation_id, wanted)

    async def reserve_available(self, reservation_id: str, lines: Sequence[ReservedLine]) -> list[ReservedLine]:
        """Set aside what there is of each line, and return it. A known ``reservation_id`` returns what it holds.

        A reservation of nothing is not kept, so that the same ID may find something later.

        Raises:
            UnknownSkuError: a SKU is not known, and nothing is set aside.
            KeyConflictError: the reservation is known with pieces that are not among the lines.
            ReservationEndedError: it is known, and released or consumed.
            ValueError: a line has no pieces.
        """
        wanted = _total(lines)
        async with self._store.write() as connection:
            if not await _insert_reservation(connection, reservation_id, ReservationStatus.HELD):
                return _listed(await _held(connection, reservation_id, wanted))
            taken = await _take_available(connection, wanted)
            if taken:
                await _insert_lines(connection, reservation_id, taken)
            else:
                await connection.execute(delete(reservations).where(reservations.c.reservation_id == reservation_id))
            return _listed(taken)

    async def release(self, reservation_id: str) -> None:
        """Put the pieces back. Released and consumed reservations are left as they are.

        An unknown one is noted as released: a reserve that was given up, and arrives late, must hold nothing.
        """
        async with self._store.write() as connection:
            if await _insert_reservation(connection, reservation_id, ReservationStatus.RELEASED):
                return
            if await _move(connection, reservation_id, ReservationStatus.HELD, ReservationStatus.RELEASED):
                await _put_back(connection, reservation_id)

    async def consume(self, reservation_id: str) -> None:
        """Book the pieces out for good. A released reservation is left as it is.

        Raises:
            UnknownKeyError: there is no such reservation.
        """
        async with self._store.write() as connection:
            if await _move(connection, reservation_id, ReservationStatus.HELD, ReservationStatus.CONSUMED):
                return
            known = select(reservations.c.status).where(reservations.c.reservation_id == reservation_id)
            if await connection.scalar(known) is None:
                raise UnknownKeyError("reservation", reservation_id)

    async def restock(self, reservation_id: str) -> None:
        """Put the pieces of a consumed reservation back, as released. Others are left as they are."""
        async with self._store.write() as connection:
            if await _move(connection, reservation_id, ReservationStatus.CONSUMED, ReservationStatus.RELEASED):
                await _put_back(connection, reservation_id)

    async def release_lines(self, release_key: str, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Put some pieces of a reservation back; a known key does nothing. One that has given up all is released.

        A released reservation is left as it is: these pieces are back already.

        Raises:
            UnknownKeyError: there is no such reservation.
            KeyConflictError: the key is known with other lines or another reservation.
            OutOfStockError: the reservation has fewer pieces of a SKU.
            ValueError: a line has no pieces.
        """
        wanted = _total(lines)
        release = {"release_key": release_key, "reservation_id": reservation_id, "lines": wanted}
        async with self._store.write() as connection:
            # The lock lets one change of a reservation be decided at a time.
            status = await _locked_status(connection, reservation_id)
            if not await insert_new(connection, line_releases, release):
                known = select(line_releases).where(line_releases.c.release_key == release_key)
                check_same(release_key, (await connection.execute(known)).mappings().one(), release)
            elif status != ReservationStatus.RELEASED:
                await _give_up(connection, reservation_id, wanted)

    async def set_available(self, sku: str, quantity: int) -> None:
        """Set the pieces that may still be reserved, making the SKU known. What is held or consumed stays so.

        Raises:
            ValueError: the quantity is negative.
        """
        if quantity < 0:
            raise ValueError(f"a stock of {quantity} pieces is not possible; use 0 or more")
        async with self._store.write() as connection:
            statement = insert(connection, stock).values(sku=sku, available=quantity)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[stock.c.sku], set_={"available": quantity})
            )

    async def levels(self) -> list[StockLevel]:
        """Return where the pieces of every SKU are, in the order of the SKUs."""
        line, held = reservation_lines.c, reservations.c.status == ReservationStatus.HELD
        consumed = reservations.c.status == ReservationStatus.CONSUMED
        pieces = func.coalesce(func.sum(line.quantity).filter(held), 0).label("held")
        gone = func.coalesce(func.sum(line.quantity).filter(consumed), 0).label("consumed")
        joined = stock.outerjoin(reservation_lines).outerjoin(reservations)
        query = select(stock.c.sku, stock.c.available, pieces, gone).select_from(joined)
        async with self._store.read() as connection:
            rows = await connection.execute(query.group_by(stock.c.sku, stock.c.available).order_by(stock.c.sku))
            return [StockLevel(row.sku, int(row.available), int(row.held), int(row.consumed)) for row in rows]


def _total(lines: Sequence[ReservedLine]) -> dict[str, int]:
    """Add up the pieces of each SKU: an order may name one twice."""
    total: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise ValueError(f"{line.sku}: {line.quantity} pieces cannot be reserved; use 1 or more")
        total[line.sku] += line.quantity
    if not total:
        raise ValueError("a reservation needs at least one line")
    return dict(total)


async def _insert_reservation(connection: AsyncConnection, reservation_id: str, status: ReservationStatus) -> bool:
    return await insert_new(connection, reservations, {"reservation_id": reservation_id, "status": status.value})


async def _insert_lines(connection: AsyncConnection, reservation_id: str, lines: Mapping[str, int]) -> None:
    rows = [{"reservation_id": reservation_id, "sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
    await connection.execute(reservation_lines.insert(), rows)


async def _move(
    connection: AsyncConnection, reservation_id: str, before: ReservationStatus, after: ReservationStatus
) -> bool:
    """Change the status of a reservation; return False when it is another one than ``before``."""
    row = reservations.c
    result = await connection.execute(
        update(reservations)
        .where(row.reservation_id == reservation_id, row.status == before.value)
        .values(status=after.value)
    )
    return result.rowcount == 1


async def _locked_status(connection: AsyncConnection, reservation_id: str) -> str:
    known = select(reservations.c.status).where(reservations.c.reservation_id == reservation_id).with_for_update()
    status = await connection.scalar(known)
    if status is None:
        raise UnknownKeyError("reservation", reservation_id)
    return str(status)


async def _give_up(connection: AsyncConnection, reservation_id: str, wanted: Mapping[str, int]) -> None:
    has = await _lines(connection, reservation_id)
    await _lock_stock(connection, wanted)
    for sku, quantity in wanted.items():
        left = has.pop(sku, 0) - quantity
        if left < 0:
            raise OutOfStockError(sku, quantity, left + quantity)
        await _set_line(connection, reservation_id, sku, left)
        await _add(connection, sku, quantity)
        if left:
            has[sku] = left
    if not has:
        row = reservations.c
        released = update(reservations).values(status=ReservationStatus.RELEASED.value)
        await connection.execute(released.where(row.reservation_id == reservation_id))


async def _set_line(connection: AsyncConnection, reservation_id: str, sku: str, quantity: int) -> None:
    line = reservation_lines.c
    this = and_(line.reservation_id == reservation_id, line.sku == sku)
    if quantity:
        await connection.execute(update(reservation_lines).where(this).values(quantity=quantity))
    else:
        await connection.execute(delete(reservation_lines).where(this))


async def _put_back(connection: AsyncConnection, reservation_id: str) -> None:
    lines = await _lines(connection, reservation_id)
    await _lock_stock(connection, lines)
    for sku, quantity in lines.items():
        await _add(connection, sku, quantity)


async def _take(connection: AsyncConnection, wanted: Mapping[str, int]) -> None:
    available = await _lock_stock(connection, wanted)
    for sku, quantity in wanted.items():
        if sku not in available:
            raise UnknownSkuError(sku)
        if available[sku] < quantity:
            raise OutOfStockError(sku, quantity, available[sku])
    for sku, quantity in wanted.items():
        await _add(connection, sku, -quantity)


async def _take_available(connection: AsyncConnection, wanted: Mapping[str, int]) -> dict[str, int]:
    """Take what there is, up to what is wanted, and return it."""
    available = await _lock_stock(connection, wanted)
    for sku in wanted:
        if sku not in available:
            raise UnknownSkuError(sku)
    taken = {sku: min(quantity, available[sku]) for sku, quantity in wanted.items() if available[sku]}
    for sku, quantity in taken.items():
        await _add(connection, sku, -quantity)
    return taken


async def _held(connection: AsyncConnection, reservation_id: str, wanted: Mapping[str, int]) -> dict[str, int]:
    """Return what a known reservation holds."""
    await _check_held(connection, reservation_id)
    known = await _lines(connection, reservation_id)
    if any(quantity > wanted.get(sku, 0) for sku, quantity in known.items()):
        raise KeyConflictError(reservation_id, "lines", known, dict(wanted))
    return known


def _listed(lines: Mapping[str, int]) -> list[ReservedLine]:
    return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in sorted(lines.items())]


async def _lock_stock(connection: AsyncConnection, skus: Iterable[str]) -> dict[str, int]:
    """Return the available pieces, locked, always in one order: orders with the same SKUs never block each other."""
    query = select(stock.c.sku, stock.c.available).where(stock.c.sku.in_(list(skus)))
    rows = await connection.execute(query.order_by(stock.c.sku).with_for_update())
    return {row.sku: row.available for row in rows}


async def _add(connection: AsyncConnection, sku: str, quantity: int) -> None:
    await connection.execute(update(stock).where(stock.c.sku == sku).values(available=stock.c.available + quantity))


async def _lines(connection: AsyncConnection, reservation_id: str) -> dict[str, int]:
    line = reservation_lines.c
    rows = await connection.execute(select(line.sku, line.quantity).where(line.reservation_id == reservation_id))
    return {row.sku: row.quantity for row in rows}


async def _check_held(connection: AsyncConnection, reservation_id: str) -> None:
    status = select(reservations.c.status).where(reservations.c.reservation_id == reservation_id)
    if await connection.scalar(status) != ReservationStatus.HELD:
        raise ReservationEndedError(reservation_id)


async def _check_lines(connection: AsyncConnection, reservation_id: str, wanted: Mapping[str, int]) -> None:
    known = await _lines(connection, reservation_id)
    if known and known != wanted:
        raise KeyConflictError(reservation_id, "lines", known, dict(wanted))
