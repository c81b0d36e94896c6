"""What the warehouse was asked to stop, and what it answered."""

from sqlalchemy import select

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import warehouse_stops
from workflows.orders.shipments import Step

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
        async with self._store.write() as connection:
            row = {"parcel_id": parcel_id, "step": step, "refusal": refusal}
            if await insert_new(connection, warehouse_stops, row):
                return refusal
            stop = warehouse_stops.c
            known: str | None = await connection.scalar(select(stop.refusal).where(stop.parcel_id == parcel_id))
            return known
