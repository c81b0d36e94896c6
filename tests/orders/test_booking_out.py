"""Pieces are booked out beside the main line: what has left the house goes on, and no piece is lost or doubled."""

from datetime import timedelta

import pytest

from tests.support.orders import Shop
from workflows.orders.models import OrderRequest, OrderStatus, ShipmentStatus
from workflows.orders.views.models import OrderView, ReservationStatus

DAY = 86_400


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


async def left_the_house(shop: Shop) -> OrderRequest:
    """Return an order whose parcel is on its way, while the inventory does not book its pieces out."""
    shop.world.faults.down("consume")
    return await shop.shipped()


async def booked_out_at_last(shop: Shop, request: OrderRequest) -> OrderView:
    """Let the inventory work again once a round of attempts has failed, and return the order at its end."""
    await shop.pass_time(timedelta(minutes=1))
    await shop.until(request, lambda view: [stuck.step for stuck in view.stuck] == ["consume"])
    shop.world.faults.up("consume")
    await shop.pass_time(timedelta(hours=2))
    return await shop.ended(request)


async def test_a_parcel_goes_on_and_the_order_stays_open_until_its_pieces_are_booked_out(shop: Shop) -> None:
    request = await left_the_house(shop)
    await shop.pass_time(timedelta(minutes=1))
    stuck = await shop.until(request, lambda view: bool(view.stuck))
    assert (stuck.status, stuck.attention) == (OrderStatus.SHIPPED, "stock_unavailable")
    await shop.report(request, ShipmentStatus.DELIVERED)
    await shop.until(request, lambda view: view.timeline[-1].text == "e-mail: delivered")
    assert shop.world.inventory.count("held") == 3
    view = await booked_out_at_last(shop, request)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)
    assert [held.status for held in view.reservations] == [ReservationStatus.CONSUMED]
    assert shop.world.inventory.count("consumed") == 3


@pytest.mark.parametrize(
    ("becomes", "status", "available"),
    [
        (ShipmentStatus.RETURNED, ReservationStatus.RELEASED, 200),
        (ShipmentStatus.LOST, ReservationStatus.CONSUMED, 197),
    ],
)
async def test_what_comes_back_before_it_is_booked_out_is_in_stock_once_and_what_is_lost_is_not(
    shop: Shop, becomes: ShipmentStatus, status: ReservationStatus, available: int
) -> None:
    request = await left_the_house(shop)
    await shop.report(request, becomes)
    offered = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
    cancel = next(action for action in offered.actions if action.name == "cancel_order")
    assert cancel.effect is not None
    assert cancel.effect.endswith("puts 3 pieces back into stock" if available == 200 else "books 3 pieces as lost")
    await shop.cancel(request)
    view = await booked_out_at_last(shop, request)
    assert (view.status, [held.status for held in view.reservations]) == (OrderStatus.CANCELLED, [status])
    assert shop.world.inventory.available.total() == available
    shop.world.inventory.assert_adds_up()


async def test_pieces_whose_booking_out_was_not_heard_of_come_back_once(shop: Shop) -> None:
    shop.world.faults.lose_answers("consume", 6)  # a whole round
    request = await shop.shipped()
    await shop.until(request, lambda _: shop.world.inventory.count("consumed") == 3)
    await shop.report(request, ShipmentStatus.RETURNED)
    await shop.cancel(request)
    await shop.pass_time(timedelta(hours=2))
    view = await shop.ended(request)
    assert [held.status for held in view.reservations] == [ReservationStatus.RELEASED]
    assert shop.world.inventory.available.total() == 200
