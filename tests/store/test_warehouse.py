"""Stopping the warehouse."""

import asyncio

import pytest

from workers.store.engine import Store
from workers.store.warehouse import PACKED, SqlWarehouse
from workflows.orders.goods.shipments import Step


@pytest.mark.parametrize(("step", "answer"), [(Step.PICK, None), (Step.PACK, None), (Step.SHIP, PACKED)])
async def test_it_stops_until_the_parcel_is_packed(store: Store, step: Step, answer: str | None) -> None:
    calls = (SqlWarehouse(store).stop(parcel_id="p", step=step) for _ in range(10))
    assert set(await asyncio.gather(*calls)) == {answer}


async def test_the_first_answer_stands(store: Store) -> None:
    warehouse = SqlWarehouse(store)
    assert await warehouse.stop(parcel_id="p", step=Step.PACK) is None
    assert await warehouse.stop(parcel_id="p", step=Step.SHIP) is None
    assert await warehouse.stop(parcel_id="q", step=Step.SHIP) == PACKED
    assert await warehouse.stop(parcel_id="q", step=Step.PICK) == PACKED
