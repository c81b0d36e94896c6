"""The built-in warehouse and carrier."""

import asyncio

import pytest
from sqlalchemy import select

from tests.support.rows import rows
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.schema import parcels
from workers.store.shipping import BUILT_IN_CARRIER, PACKED, SqlCarrier, SqlWarehouse
from workflows.orders.goods.shipments import Step
from workflows.orders.models import Address

HOME = Address(name="Ada", line1="12 Analytical Way", city="Springfield", postal_code="49007", country="US")


@pytest.fixture
def carrier(store: Store) -> SqlCarrier:
    """Give a carrier without parcels."""
    return SqlCarrier(store)


async def statuses(store: Store) -> dict[str, str]:
    return {row.parcel_id: row.status for row in await store.read(rows, select(parcels))}


async def test_a_parcel_is_created_once(store: Store, carrier: SqlCarrier) -> None:
    calls = (carrier.create_parcel(parcel_id="p", order_id="o", address=HOME) for _ in range(20))
    assert set(await asyncio.gather(*calls)) == {BUILT_IN_CARRIER}
    assert await statuses(store) == {"p": "shipped"}


async def test_a_late_report_does_not_turn_the_parcel_back(store: Store, carrier: SqlCarrier) -> None:
    await carrier.create_parcel(parcel_id="p", order_id="o", address=HOME)
    await carrier.update_parcel(parcel_id="p", status="delivered")
    await carrier.update_parcel(parcel_id="p", status="shipped")
    assert await statuses(store) == {"p": "delivered"}
    await carrier.update_parcel(parcel_id="p", status="returned")
    assert await statuses(store) == {"p": "returned"}


async def test_a_recalled_parcel_stays_recalled(store: Store, carrier: SqlCarrier) -> None:
    await carrier.recall_parcel(parcel_id="late")
    await carrier.create_parcel(parcel_id="p", order_id="o", address=HOME)
    for parcel_id in ("p", "late"):
        await carrier.recall_parcel(parcel_id=parcel_id)
        assert await carrier.create_parcel(parcel_id=parcel_id, order_id="o", address=HOME) == BUILT_IN_CARRIER
        await carrier.update_parcel(parcel_id=parcel_id, status="delivered")
    assert await statuses(store) == {"late": "recalled", "p": "recalled"}


async def test_clear_errors(carrier: SqlCarrier) -> None:
    with pytest.raises(UnknownKeyError, match="no parcel p"):
        await carrier.update_parcel(parcel_id="p", status="delivered")
    await carrier.create_parcel(parcel_id="p", order_id="o", address=HOME)
    with pytest.raises(KeyConflictError, match="p is known with order_id o, not other"):
        await carrier.create_parcel(parcel_id="p", order_id="other", address=HOME)


@pytest.mark.parametrize(("step", "answer"), [(Step.PICK, None), (Step.PACK, None), (Step.SHIP, PACKED)])
async def test_the_warehouse_stops_until_the_parcel_is_packed(store: Store, step: Step, answer: str | None) -> None:
    calls = (SqlWarehouse(store).stop(parcel_id="p", step=step) for _ in range(10))
    assert set(await asyncio.gather(*calls)) == {answer}


async def test_the_warehouse_s_first_answer_stands(store: Store) -> None:
    warehouse = SqlWarehouse(store)
    assert await warehouse.stop(parcel_id="p", step=Step.PACK) is None
    assert await warehouse.stop(parcel_id="p", step=Step.SHIP) is None
    assert await warehouse.stop(parcel_id="q", step=Step.SHIP) == PACKED
    assert await warehouse.stop(parcel_id="q", step=Step.PICK) == PACKED
