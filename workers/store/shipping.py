"""The built-in warehouse and carrier. Their work is timers in the order's workflow; here is what they were told."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from workers.store.engine import Store
from workers.store.errors import UnknownKeyError
from workers.store.inserts import check_same, insert_new
from workers.store.ledger import check_not_returned
from workers.store.reservations import check_not_released
from workers.store.schema import parcel_reports, parcels, warehouse_stops
from workflows.orders.goods.shipments import Step
from workflows.orders.models import Address, ShipmentStatus
from workflows.orders.ports import UndoneError
from workflows.orders.views.attention import Attention

PACKED = "the parcel is packed and waits for the carrier"
BUILT_IN_CARRIER = "Built-in Carrier"
RECALLED = "recalled"
"""The final status of a parcel that was called off."""


class SqlWarehouse:
    """The port `Warehouse`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def stop(self, *, parcel_id: str, step: str) -> str | None:
        """Stop working on a parcel and return None, or return why not; the first answer to a ``parcel_id`` stands."""
        refusal = PACKED if step == Step.SHIP else None
        return await self._store.write(_stop, parcel_id, step, refusal)


class SqlCarrier:
    """The port `Carrier`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create_parcel(
        self,
        *,
        parcel_id: str,
        order_id: str,
        address: Address,
        payment_ids: Sequence[str],
        reservations: Sequence[str],
    ) -> str:
        """Take a parcel over, unless what it needs was undone, and return the carrier's name.

        Raises:
            UndoneError: see the port.
            KeyConflictError: the parcel is known with another order.
        """
        parcel = {"parcel_id": parcel_id, "order_id": order_id, "address": address.model_dump(mode="json")}
        await self._store.write(_create, parcel, payment_ids, reservations)
        return BUILT_IN_CARRIER

    async def update_parcel(self, *, parcel_id: str, status: str) -> None:
        """Note where the parcel is. A status that it had before changes nothing: an old report comes late.

        Raises:
            UnknownKeyError: there is no such parcel.
        """
        await self._store.write(_update, parcel_id, status)

    async def recall_parcel(self, *, parcel_id: str) -> None:
        """Call off a parcel. An unknown one is noted as recalled: a late `create_parcel` must do nothing."""
        await self._store.write(_recall, parcel_id)


def _stop(connection: Connection, parcel_id: str, step: str, refusal: str | None) -> str | None:
    insert_new(connection, warehouse_stops, {"parcel_id": parcel_id, "step": step, "refusal": refusal})
    stop = warehouse_stops.c
    first: str | None = connection.scalar(select(stop.refusal).where(stop.parcel_id == parcel_id))
    return first


def _create(
    connection: Connection, parcel: Mapping[str, Any], payment_ids: Sequence[str], reservations: Sequence[str]
) -> None:
    parcel_id = parcel["parcel_id"]
    for payment_id in sorted(payment_ids):
        check_not_returned(connection, parcel["order_id"], payment_id)
    gone = [each for each in sorted(reservations) if check_not_released(connection, each)]
    shipped = {"status": ShipmentStatus.SHIPPED.value, "carrier": BUILT_IN_CARRIER}
    if insert_new(connection, parcels, {**parcel, **shipped}):
        if gone:  # before this parcel, so with another one
            raise UndoneError(Attention.STOCK_GONE, f"the pieces of {', '.join(gone)} have left already")
        _report(connection, parcel_id, ShipmentStatus.SHIPPED.value)
        return
    known = _locked_parcel(connection, parcel_id)
    if known["status"] == RECALLED:
        raise UndoneError(Attention.PARCEL_RECALLED, f"parcel {parcel_id} was recalled")
    # It goes where the carrier was told first, whatever a run knows that has lost a change of the address.
    check_same(parcel_id, known, {"order_id": parcel["order_id"]})


def _update(connection: Connection, parcel_id: str, status: str) -> None:
    known = _locked_parcel(connection, parcel_id)
    if known["status"] != RECALLED and _report(connection, parcel_id, status):
        _set_status(connection, parcel_id, status)


def _recall(connection: Connection, parcel_id: str) -> None:
    if not insert_new(connection, parcels, {"parcel_id": parcel_id, "status": RECALLED}):
        _set_status(connection, parcel_id, RECALLED)


def _locked_parcel(connection: Connection, parcel_id: str) -> RowMapping:
    rows = connection.execute(select(parcels).where(parcels.c.parcel_id == parcel_id).with_for_update())
    if (parcel := rows.mappings().one_or_none()) is None:
        raise UnknownKeyError("parcel", parcel_id)
    return parcel


def _report(connection: Connection, parcel_id: str, status: str) -> bool:
    """Note a status; return False if the parcel had it before."""
    return insert_new(connection, parcel_reports, {"parcel_id": parcel_id, "status": status})


def _set_status(connection: Connection, parcel_id: str, status: str) -> None:
    connection.execute(update(parcels).where(parcels.c.parcel_id == parcel_id).values(status=status))
