"""The steps of a reservation. Each is the work of one transaction, and idempotent."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, select, update

from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import line_releases, reservation_lines, reservations
from workers.store.stock import put_back, take, take_available
from workflows.orders.ports import OutOfStockError, ReservationEndedError, UndoneError
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import ReservationStatus


def reserve(connection: Connection, reservation_id: str, wanted: Mapping[str, int]) -> None:
    """Hold all that is wanted."""
    if _insert_reservation(connection, reservation_id, ReservationStatus.HELD):
        take(connection, wanted)
        _insert_lines(connection, reservation_id, wanted)
    else:
        _check_not_over(connection, reservation_id)
        _check_lines(connection, reservation_id, wanted)


def reserve_available(connection: Connection, reservation_id: str, wanted: Mapping[str, int]) -> dict[str, int]:
    """Hold what there is of what is wanted, and return it. A reservation of nothing is not kept."""
    if not _insert_reservation(connection, reservation_id, ReservationStatus.HELD):
        return _held(connection, reservation_id, wanted)
    taken = take_available(connection, wanted)
    if taken:
        _insert_lines(connection, reservation_id, taken)
    else:
        connection.execute(delete(reservations).where(reservations.c.reservation_id == reservation_id))
    return taken


def release(connection: Connection, reservation_id: str) -> None:
    """Put back what is held. An unknown reservation is noted as released: a late `reserve` must hold nothing."""
    if _insert_reservation(connection, reservation_id, ReservationStatus.RELEASED):
        return
    if _move(connection, reservation_id, ReservationStatus.HELD, ReservationStatus.RELEASED):
        put_back(connection, _lines(connection, reservation_id))


def consume(connection: Connection, reservation_id: str) -> None:
    """Book out what is held."""
    if not _move(connection, reservation_id, ReservationStatus.HELD, ReservationStatus.CONSUMED):
        check_not_released(connection, reservation_id)


def check_not_released(connection: Connection, reservation_id: str) -> bool:
    """Check that a reservation has its pieces, lock it, and return whether they are booked out.

    Raises:
        UndoneError: it is released.
        UnknownKeyError: there is no such reservation.
    """
    status = connection.scalar(_status(reservation_id).with_for_update())
    if status is None:
        raise UnknownKeyError("reservation", reservation_id)
    if status == ReservationStatus.RELEASED:
        raise UndoneError(Attention.STOCK_RELEASED, f"the pieces of {reservation_id} were put back into stock")
    return bool(status == ReservationStatus.CONSUMED)


def restock(connection: Connection, reservation_id: str) -> None:
    """Put back what was consumed."""
    if _move(connection, reservation_id, ReservationStatus.CONSUMED, ReservationStatus.RELEASED):
        put_back(connection, _lines(connection, reservation_id))


def release_lines(connection: Connection, release_key: str, reservation_id: str, wanted: dict[str, int]) -> None:
    """Put back some of what is held or consumed."""
    status = connection.scalar(_status(reservation_id).with_for_update())  # one change at a time
    if status is None:
        raise UnknownKeyError("reservation", reservation_id)
    asked = {"release_key": release_key, "reservation_id": reservation_id, "lines": wanted}
    if not insert_new(connection, line_releases, asked):
        known = select(line_releases).where(line_releases.c.release_key == release_key)
        check_same(release_key, connection.execute(known).mappings().one(), asked)
    elif status != ReservationStatus.RELEASED:
        _give_up(connection, reservation_id, wanted)


def _insert_reservation(connection: Connection, reservation_id: str, status: ReservationStatus) -> bool:
    return insert_new(connection, reservations, {"reservation_id": reservation_id, "status": status.value})


def _insert_lines(connection: Connection, reservation_id: str, lines: Mapping[str, int]) -> None:
    rows = [{"reservation_id": reservation_id, "sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
    connection.execute(reservation_lines.insert(), rows)


def _move(connection: Connection, reservation_id: str, before: ReservationStatus, after: ReservationStatus) -> bool:
    """Change the status of a reservation; return False if it is not ``before``."""
    row = reservations.c
    result = connection.execute(
        update(reservations)
        .where(row.reservation_id == reservation_id, row.status == before.value)
        .values(status=after.value)
    )
    return result.rowcount == 1


def _status(reservation_id: str) -> Select[Any]:
    return select(reservations.c.status).where(reservations.c.reservation_id == reservation_id)


def _give_up(connection: Connection, reservation_id: str, pieces: Mapping[str, int]) -> None:
    has = _lines(connection, reservation_id)
    put_back(connection, pieces)
    for sku, quantity in pieces.items():
        left = has.pop(sku, 0) - quantity
        if left < 0:
            raise OutOfStockError(sku, quantity, left + quantity)
        _set_line(connection, reservation_id, sku, left)
        if left:
            has[sku] = left
    if not has:
        row = reservations.c
        released = update(reservations).values(status=ReservationStatus.RELEASED.value)
        connection.execute(released.where(row.reservation_id == reservation_id))


def _set_line(connection: Connection, reservation_id: str, sku: str, quantity: int) -> None:
    line = reservation_lines.c
    this = and_(line.reservation_id == reservation_id, line.sku == sku)
    if quantity:
        connection.execute(update(reservation_lines).where(this).values(quantity=quantity))
    else:
        connection.execute(delete(reservation_lines).where(this))


def _held(connection: Connection, reservation_id: str, wanted: Mapping[str, int]) -> dict[str, int]:
    """Return what a known reservation holds, or has booked out."""
    _check_not_over(connection, reservation_id)
    known = _lines(connection, reservation_id)
    if any(quantity > wanted.get(sku, 0) for sku, quantity in known.items()):
        raise KeyConflictError(reservation_id, "lines", known, dict(wanted))
    return known


def _lines(connection: Connection, reservation_id: str) -> dict[str, int]:
    line = reservation_lines.c
    rows = connection.execute(select(line.sku, line.quantity).where(line.reservation_id == reservation_id))
    return {row.sku: row.quantity for row in rows}


def _check_not_over(connection: Connection, reservation_id: str) -> None:
    if connection.scalar(_status(reservation_id)) == ReservationStatus.RELEASED:
        raise ReservationEndedError(reservation_id)


def _check_lines(connection: Connection, reservation_id: str, wanted: Mapping[str, int]) -> None:
    known = _lines(connection, reservation_id)
    if known and known != wanted:
        raise KeyConflictError(reservation_id, "lines", known, dict(wanted))
