"""What carriers report: true, early, bad and impossible."""

import pytest
from temporalio.client import Client

from tests.support.orders import TOTAL, Shop, open_shop
from workflows.orders.models import (
    CancelOrder,
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.views.models import ReservationStatus

AN_HOUR = 3600


async def fulfilling(shop: Shop) -> OrderRequest:
    return await shop.paid()


async def shipped(shop: Shop) -> OrderRequest:
    request = await fulfilling(shop)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    return request


async def test_the_warehouse_may_be_quicker_than_planned(shop: Shop) -> None:
    request = await fulfilling(shop)
    await shop.report(request, ShipmentStatus.PICKED)
    packing = await shop.until(request, lambda view: "packing" in [entry.text for entry in view.timeline])
    assert packing.status == OrderStatus.FULFILLING
    again = await shop.report(request, ShipmentStatus.PICKED)
    assert again.refusal == "the pieces are picked already"
    await shop.report(request, ShipmentStatus.SHIPPED)
    view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [parcel.parcel_id for parcel in view.parcels] == [f"{request.order_id}-P1"]


async def test_what_is_reported_as_shipped_cannot_be_cancelled_any_more(client: Client) -> None:
    async with open_shop(client, cached=0) as shop:
        request = await fulfilling(shop)
    # Both signals wait for one workflow task: the order hears of them before it can hand anything over.
    await shop.handle(request).signal("report_shipment", ShipmentReport(status=ShipmentStatus.SHIPPED))
    await shop.handle(request).signal("cancel_order", CancelOrder(reason="too late", requested_by="ada"))
    async with shop.worker():
        view = await shop.until_status(request, OrderStatus.SHIPPED)
    assert [refusal.reason for refusal in view.refusals] == ["the parcel has been handed to the carrier"]


async def test_a_parcel_may_be_delivered_early(shop: Shop) -> None:
    request = await shipped(shop)
    outcome = await shop.report(request, ShipmentStatus.DELIVERED)
    assert outcome.snapshot.view.status == OrderStatus.DELIVERED
    view = await shop.ended(request)
    assert [parcel.status for parcel in view.parcels] == [ShipmentStatus.DELIVERED]
    assert shop.world.carrier.parcels[f"{request.order_id}-P1"] == "delivered"


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
    request = await shipped(shop)
    outcome = await shop.report(request, status)
    assert (outcome.snapshot.view.status, outcome.snapshot.view.attention) == (OrderStatus.NEEDS_ACTION, attention)
    assert outcome.snapshot.view.reason == f"parcel {request.order_id}-P1 {what_happened}"
    assert (await shop.orders.get_delivery_estimate(request.order_id)).earliest is None
    cancel = next(action for action in outcome.snapshot.view.actions if action.name == "cancel_order")
    assert cancel.effect is not None
    assert cancel.effect.startswith("refunds $120.00 to pay-")
    assert cancel.effect.endswith(effect)

    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert view.attention is None
    assert shop.world.inventory.available.total() == available
    assert shop.world.payments.kept(request.order_id) == 0
    assert shop.world.carrier.parcels[f"{request.order_id}-P1"] == status


async def test_a_lost_parcel_may_turn_up(shop: Shop) -> None:
    request = await shipped(shop)
    await shop.report(request, ShipmentStatus.LOST)
    found = (await shop.report(request, ShipmentStatus.SHIPPED)).snapshot.view
    assert (found.status, found.attention, found.reason) == (OrderStatus.SHIPPED, None, None)
    await shop.report(request, ShipmentStatus.DELIVERED)
    view = await shop.ended(request)
    assert view.reservation is not None
    assert view.reservation.status == ReservationStatus.CONSUMED
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_impossible_reports_are_refused_with_the_reason(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    assert await refusal(shop, request, ShipmentStatus.SHIPPED) == "there is no parcel yet"
    await shop.pay(request)
    await shop.until_status(request, OrderStatus.FULFILLING)
    assert await refusal(shop, request, ShipmentStatus.LOST) == (
        "there is no parcel yet; the warehouse may report picked or shipped, without a parcel_id"
    )
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    parcel = f"{request.order_id}-P1"
    assert await refusal(shop, request, ShipmentStatus.PICKED) == (
        f"parcel {parcel} is shipped, so it cannot become picked"
    )
    assert await refusal(shop, request, ShipmentStatus.DELIVERED, "P-OTHER") == (
        f"the order has no parcel P-OTHER, only {parcel}"
    )
    await shop.report(request, ShipmentStatus.RETURNED)
    assert await refusal(shop, request, ShipmentStatus.DELIVERED) == f"parcel {parcel} is returned"
    view = await shop.orders.get_order(request.order_id)
    assert [refused.signal for refused in view.refusals] == ["report_shipment"] * 5
    assert view.status == OrderStatus.NEEDS_ACTION


async def refusal(
    shop: Shop, request: OrderRequest, status: ShipmentStatus, parcel_id: str | None = None
) -> str | None:
    report = ShipmentReport(status=status, parcel_id=parcel_id)
    outcome = await shop.orders.report_shipment(request.order_id, report)
    return outcome.refusal if outcome.refusal else None


async def test_a_carriers_records_follow_although_it_was_down(shop: Shop) -> None:
    request = await shipped(shop)
    shop.world.faults.down("update_parcel")
    await shop.report(request, ShipmentStatus.LOST)
    await shop.report(request, ShipmentStatus.DELIVERED)
    shop.world.faults.up("update_parcel")
    await shop.ended(request)
    assert shop.world.carrier.parcels[f"{request.order_id}-P1"] == "delivered"
