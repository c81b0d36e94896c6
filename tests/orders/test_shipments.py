"""What carriers report: true, early, bad and impossible."""

import pytest

from tests.support.orders import DAY, TOTAL, Shop, action, payment, texts
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import ReservationStatus


async def test_the_warehouse_may_be_quicker_than_planned(shop: Shop) -> None:
    request = await shop.paid()
    await shop.report(request, ShipmentStatus.PICKED)
    packing = await shop.until(request, lambda view: "packing" in texts(view))
    assert packing.status == OrderStatus.FULFILLING
    again = await shop.report(request, ShipmentStatus.PICKED)
    assert again.refusal == "the pieces are picked already"
    await shop.report(request, ShipmentStatus.SHIPPED)
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [parcel.parcel_id for parcel in view.parcels] == [f"{request.order_id}-P1"]


@pytest.mark.parametrize(
    ("status", "attention", "what_happened", "effect", "available"),
    [
        (ShipmentStatus.LOST, "parcel_lost", "is lost", "books 3 pieces as lost", 197),
        (ShipmentStatus.RETURNED, "parcel_returned", "came back", "puts 3 pieces back into stock", 200),
    ],
)
async def test_a_parcel_in_trouble_needs_action_and_cancelling_refunds(
    shop: Shop, status: ShipmentStatus, attention: str, what_happened: str, effect: str, available: int
) -> None:
    request = await shop.shipped()
    trouble = (await shop.report(request, status)).snapshot.view
    await shop.pay(request, payment("pay-late"))
    assert (await shop.orders.get_status(request.order_id)).status == trouble.status == OrderStatus.NEEDS_ACTION
    assert (trouble.attention, trouble.return_offered) == (attention, False)
    assert trouble.reason == f"parcel {request.order_id}-P1 {what_happened}"
    assert (await shop.orders.get_delivery_estimate(request.order_id)).earliest is None
    assert action(trouble).effect == f"refunds $120.00 to pay-{request.order_id}, {effect}"

    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.attention is None
    assert shop.world.inventory.available.total() == available
    assert shop.world.carrier.parcels[f"{request.order_id}-P1"] == status


async def test_a_lost_parcel_may_turn_up(shop: Shop) -> None:
    request = await shop.shipped()
    await shop.report(request, ShipmentStatus.LOST)
    found = (await shop.report(request, ShipmentStatus.SHIPPED)).snapshot.view
    assert (found.status, found.attention, found.reason) == (OrderStatus.SHIPPED, None, None)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert [held.status for held in view.reservations] == [ReservationStatus.CONSUMED]
    assert shop.world.carrier.parcels[f"{request.order_id}-P1"] == "delivered"
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_impossible_reports_are_refused_with_the_reason(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=DAY)
    parcel = f"{request.order_id}-P1"

    async def refused(status: ShipmentStatus, why: str, parcel_id: str | None = None) -> None:
        assert (await shop.report(request, status, parcel_id)).refusal == why

    await shop.pay(request)
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await refused(ShipmentStatus.PICKED, f"parcel {parcel} is shipped, so it cannot become picked")
    await refused(ShipmentStatus.DELIVERED, f"the order has no parcel P-OTHER, only {parcel}", "P-OTHER")
    await shop.report(request, ShipmentStatus.RETURNED)
    await refused(ShipmentStatus.DELIVERED, f"parcel {parcel} is returned")
    view = await shop.orders.get_order(request.order_id)
    assert [each.signal for each in view.refusals] == ["report_shipment"] * 3
    assert view.status == OrderStatus.NEEDS_ACTION
