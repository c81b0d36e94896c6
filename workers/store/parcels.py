"""Parcels, and what was reported about them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from workers.store.engine import Store
from workers.store.errors import UnknownKeyError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import parcel_reports, parcels
from workflows.orders.models import Address, ShipmentStatus

BUILT_IN_CARRIER = "Built-in Carrier"
"""The carrier that takes every parcel: its steps are timers in the order's workflow."""

RECALLED = "recalled"
"""The status of a parcel that was called off. Nothing moves it any more."""


class SqlCarrier:
    """The shipping desk of the orders system (port `Carrier`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create_parcel(self, *, parcel_id: str, order_id: str, address: Address) -> str:
        """Hand the parcel over, ``shipped`` from then on, and return the carrier's name.

        A known ``parcel_id`` creates no second one, and a recalled one hands nothing over.

        Raises:
            KeyConflictError: the parcel is known with another order or address.
        """
        parcel = {"parcel_id": parcel_id, "order_id": order_id, "address": address.model_dump(mode="json")}
        await self._store.write(_create, parcel_id, parcel)
        return BUILT_IN_CARRIER

    async def update_parcel(self, *, parcel_id: str, status: str) -> None:
        """Write down where the parcel is. A status it had before changes nothing: an old report comes late.

        Raises:
            UnknownKeyError: there is no such parcel.
        """
        await self._store.write(_update, parcel_id, status)

    async def recall_parcel(self, *, parcel_id: str) -> None:
        """Call off a parcel. An unknown one is noted as recalled: a hand-over that arrives late must do nothing."""
        await self._store.write(_recall, parcel_id)


def _create(connection: Connection, parcel_id: str, parcel: Mapping[str, Any]) -> None:
    shipped = {"status": ShipmentStatus.SHIPPED.value, "carrier": BUILT_IN_CARRIER}
    if insert_new(connection, parcels, {**parcel, **shipped}):
        _report(connection, parcel_id, ShipmentStatus.SHIPPED.value)
        return
    known = _parcel(connection, parcel_id)
    if known is not None and known["status"] != RECALLED:
        check_same(parcel_id, known, parcel)


def _update(connection: Connection, parcel_id: str, status: str) -> None:
    known = _parcel(connection, parcel_id)
    if known is None:
        raise UnknownKeyError("parcel", parcel_id)
    if known["status"] != RECALLED and _report(connection, parcel_id, status):
        _set_status(connection, parcel_id, status)


def _recall(connection: Connection, parcel_id: str) -> None:
    if not insert_new(connection, parcels, {"parcel_id": parcel_id, "status": RECALLED}):
        _set_status(connection, parcel_id, RECALLED)


def _parcel(connection: Connection, parcel_id: str) -> RowMapping | None:
    """Return the parcel, locked."""
    rows = connection.execute(select(parcels).where(parcels.c.parcel_id == parcel_id).with_for_update())
    return rows.mappings().one_or_none()


def _report(connection: Connection, parcel_id: str, status: str) -> bool:
    """Write down a report; return False when the parcel had that status before."""
    return insert_new(connection, parcel_reports, {"parcel_id": parcel_id, "status": status})


def _set_status(connection: Connection, parcel_id: str, status: str) -> None:
    connection.execute(update(parcels).where(parcels.c.parcel_id == parcel_id).values(status=status))
