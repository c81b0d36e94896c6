"""A try to set stock aside that reaches the inventory long after the order has gone on without it holds nothing."""

from datetime import timedelta

import pytest

from tests.support.orders import Shop, order, payment
from workflows.orders.models import OrderRequest, OrderStatus

SHELF = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": 1_000}
CHAIRS = {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000}


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


async def nothing_is_held_after_all(shop: Shop) -> None:
    """Let new pieces come in, and then the try that was late."""
    shop.world.inventory.restock_shelf("SKU-SHELF", 5)
    await shop.world.faults.arrive("reserve")
    assert shop.world.inventory.count("held") == 0
    shop.world.inventory.assert_adds_up()


async def begun_with_a_late_try(shop: Shop, when_short: str) -> OrderRequest:
    shop.world.faults.be_late("reserve")
    request = order(lines=[SHELF], when_short=when_short)
    await shop.orders.start(request)
    return request


@pytest.mark.parametrize("when_short", ["reject", "ship_available"])
async def test_of_an_order_that_was_rejected(shop: Shop, when_short: str) -> None:
    request = await begun_with_a_late_try(shop, when_short)
    assert (await shop.ended(request)).status == OrderStatus.REJECTED
    await nothing_is_held_after_all(shop)


async def test_of_an_order_that_waits_for_all_of_its_pieces(shop: Shop) -> None:
    request = await begun_with_a_late_try(shop, "back_order")
    await shop.until(request, lambda view: bool(view.back_ordered))
    await shop.pay(request, payment(amount=1_000))
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    await shop.pass_time(timedelta(hours=2))
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    await nothing_is_held_after_all(shop)


async def test_of_a_back_order_that_was_not_waited_for_any_longer(shop: Shop) -> None:
    request = await shop.start(lines=[CHAIRS, SHELF], when_short="back_order")
    await shop.pay(request, payment(amount=11_000))
    shop.world.faults.be_late("reserve")
    await shop.pass_time(timedelta(days=15))
    assert not shop.world.faults.waits_for("reserve")
    view = await shop.ended(request)
    assert (view.status, view.amount_due) == (OrderStatus.DELIVERED, 10_000)
    await nothing_is_held_after_all(shop)
