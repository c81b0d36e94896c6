"""The built-in warehouse and carrier."""

import asyncio

import pytest
from sqlalchemy import select

from tests.support.rows import rows
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.inventory import SqlInventory
from workers.store.ledger import Ledger
from workers.store.schema import parcels
from workers.store.shipping import BUILT_IN_CARRIER, PACKED, SqlCarrier, SqlWarehouse
from workflows.orders.goods.shipments import Step
from workflows.orders.models import Address
from workflows.orders.payments.records import refund_key
from workflows.orders.ports import Capture, Refund, UndoneError
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import ReservedLine

HOME = Address(name="Ada", line1="12 Analytical Way", city="Springfield", postal_code="49007", country="US")


@pytest.fixture
def carrier(store: Store) -> SqlCarrier:
    """Give a carrier without parcels."""
    return SqlCarrier(store)


async def create(carrier: SqlCarrier, parcel_id: str, order_id: str = "o", payment_id: str | None = None) -> str:
    """Hand over a parcel, with the pieces of a reservation if it is paid."""
    return await carrier.create_parcel(
        parcel_id=parcel_id,
        order_id=order_id,
        address=HOME,
        payment_ids=[payment_id] if payment_id else [],
        reservations=["r"] if payment_id else [],
    )


async def statuses(store: Store) -> dict[str, str]:
    return {row.parcel_id: row.status for row in await store.read(rows, select(parcels))}


async def test_a_parcel_is_created_once(store: Store, carrier: SqlCarrier) -> None:
    calls = (create(carrier, "p") for _ in range(20))
    assert set(await asyncio.gather(*calls)) == {BUILT_IN_CARRIER}
    assert await statuses(store) == {"p": "shipped"}


async def test_a_late_report_does_not_turn_the_parcel_back(store: Store, carrier: SqlCarrier) -> None:
    await create(carrier, "p")
    await carrier.update_parcel(parcel_id="p", status="delivered")
    await carrier.update_parcel(parcel_id="p", status="shipped")
    assert await statuses(store) == {"p": "delivered"}
    await carrier.update_parcel(parcel_id="p", status="returned")
    assert await statuses(store) == {"p": "returned"}


async def test_a_recalled_parcel_stays_recalled(store: Store, carrier: SqlCarrier) -> None:
    await carrier.recall_parcel(parcel_id="late")
    await create(carrier, "p")
    for parcel_id in ("p", "late"):
        await carrier.recall_parcel(parcel_id=parcel_id)
        with pytest.raises(UndoneError, match=f"parcel {parcel_id} was recalled"):
            await create(carrier, parcel_id)
        await carrier.update_parcel(parcel_id=parcel_id, status="delivered")
    assert await statuses(store) == {"late": "recalled", "p": "recalled"}


@pytest.mark.parametrize("part", ["", "rest"])
async def test_nothing_is_handed_over_for_money_that_goes_back(store: Store, carrier: SqlCarrier, part: str) -> None:
    inventory, ledger = SqlInventory(store), Ledger(store)
    await inventory.set_available("CHAIR", 1)
    await inventory.reserve("r", [ReservedLine(sku="CHAIR", quantity=1)])
    await ledger.book_capture(Capture("pay", "o", 10, "USD"), "first")
    await ledger.book_refund(Refund(refund_key("o", "pay", "lines-1"), "pay", "o", 1, "USD"), "scratched")
    assert await create(carrier, "p", payment_id="pay") == BUILT_IN_CARRIER
    await ledger.begin_refund(Refund(refund_key("o", "pay", part), "pay", "o", 9, "USD"))
    for parcel_id in ("p", "q"):
        with pytest.raises(UndoneError, match="payment pay goes back to the customer") as refused:
            await create(carrier, parcel_id, payment_id="pay")
        assert refused.value.attention == Attention.PAYMENT_REFUNDED
    assert await statuses(store) == {"p": "shipped"}


async def test_nothing_is_handed_over_of_released_pieces(store: Store, carrier: SqlCarrier) -> None:
    inventory = SqlInventory(store)
    await inventory.release("r")
    await Ledger(store).book_capture(Capture("pay", "o", 10, "USD"), "first")
    with pytest.raises(UndoneError, match="the pieces of r were put back into stock") as refused:
        await create(carrier, "p", payment_id="pay")
    assert refused.value.attention == Attention.STOCK_RELEASED
    assert await statuses(store) == {}


async def test_pieces_leave_once(store: Store, carrier: SqlCarrier) -> None:
    inventory = SqlInventory(store)
    await inventory.set_available("CHAIR", 1)
    await inventory.reserve("r", [ReservedLine(sku="CHAIR", quantity=1)])
    await Ledger(store).book_capture(Capture("pay", "o", 10, "USD"), "first")
    await create(carrier, "p", payment_id="pay")
    await inventory.consume("r")
    await create(carrier, "p", payment_id="pay")
    with pytest.raises(UndoneError, match="the pieces of r have left already") as refused:
        await create(carrier, "q", payment_id="pay")
    assert refused.value.attention == Attention.STOCK_GONE
    assert await statuses(store) == {"p": "shipped"}


async def test_clear_errors(carrier: SqlCarrier) -> None:
    with pytest.raises(UnknownKeyError, match="no parcel p"):
        await carrier.update_parcel(parcel_id="p", status="delivered")
    await create(carrier, "p")
    with pytest.raises(KeyConflictError, match="p is known with order_id o, not other"):
        await create(carrier, "p", "other")


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
