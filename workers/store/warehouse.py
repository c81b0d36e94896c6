"""What the warehouse was asked to stop, and what it answered."""

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import warehouse_stops
from workflows.orders.goods.shipments import Step

PACKED = "the parcel is packed and waits for the carrier"


class SqlWarehouse:
    """The built-in warehouse of the orders system (port `Warehouse`): its steps are timers in the order's workflow."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def stop(self, *, parcel_id: str, step: str) -> str | None:
        """Stop working on a parcel and return None, or return why not: it is packed.

        A known ``parcel_id`` gets the first answer again, whatever the step is by now.
        """
        refusal = PACKED if step == Step.SHIP else None
        return await self._store.write(_stop, parcel_id, step, refusal)


def _stop(connection: Connection, parcel_id: str, step: str, refusal: str | None) -> str | None:
    if insert_new(connection, warehouse_stops, {"parcel_id": parcel_id, "step": step, "refusal": refusal}):
        return refusal
    stop = warehouse_stops.c
    known: str | None = connection.scalar(select(stop.refusal).where(stop.parcel_id == parcel_id))
    return known
