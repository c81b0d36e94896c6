"""Several parcels of one order: each goes its own way, and is lost, sent back or given up by itself."""

from datetime import timedelta

import pytest

from tests.support.orders import Shop, payment
from workflows.orders.models import (
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    ResolveStep,
    ShipmentReport,
    ShipmentStatus,
    StepDecision,
)
from workflows.orders.payments.refund_models import RefundLine, RefundLines
from workflows.orders.views.models import OrderView

TOTAL = 13_000
BACK_ORDER_LOOK = timedelta(seconds=90)
"""More than the pause before back-ordered pieces are looked for again."""
A_ROUND = timedelta(seconds=50)
"""More than one round of trying takes, and less than the pause after it."""
SHELVES = 2_000
"""What the two shelves of the second parcel cost."""


@pytest.fixture
def shop(patient_shop: Shop) -> Shop:
    """Give a shop in which time can pass."""
    return patient_shop


async def two_parcels(shop: Shop) -> OrderRequest:
    """Return a paid order of $130.00: two chairs and a shelf are being picked, two shelves have just come in, too."""
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    request = await shop.start(
        lines=[
            {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000},
            {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 3, "unit_price": 1_000},
        ],
        when_short="ship_available",
        fulfilment_seconds_per_step=86_400,
    )
    await shop.until(request, lambda _: shop.world.faults.calls["reserve"] == 2)  # has been looked for in vain
    shop.world.inventory.restock_shelf("SKU-SHELF", 2)
    await shop.pay(request, payment(amount=TOTAL))
    await shop.until_status(request, OrderStatus.FULFILLING)
    return request


async def report(shop: Shop, request: OrderRequest, status: ShipmentStatus, number: int | None = None) -> OrderView:
    parcel_id = f"{request.order_id}-P{number}" if number else None
    outcome = await shop.orders.report_shipment(request.order_id, ShipmentReport(status=status, parcel_id=parcel_id))
    assert outcome.refusal is None
    return outcome.snapshot.view


def statuses(view: OrderView) -> list[ShipmentStatus]:
    return [parcel.status for parcel in view.parcels]


async def both_shipped(shop: Shop) -> OrderRequest:
    request = await two_parcels(shop)
    await report(shop, request, ShipmentStatus.SHIPPED, 1)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.pass_time(BACK_ORDER_LOOK)
    await shop.until(request, lambda view: not view.back_ordered)
    assert (await shop.until_status(request, OrderStatus.FULFILLING)).parcels[0].status == ShipmentStatus.SHIPPED
    await report(shop, request, ShipmentStatus.SHIPPED, 2)
    await shop.until(request, lambda view: statuses(view) == [ShipmentStatus.SHIPPED] * 2)
    await shop.until_status(request, OrderStatus.SHIPPED)
    return request


async def test_a_report_moves_the_parcel_it_names_or_all_it_can_be_true_of(shop: Shop) -> None:
    request = await both_shipped(shop)
    first = await report(shop, request, ShipmentStatus.LOST, 1)
    assert (first.status, first.attention) == (OrderStatus.NEEDS_ACTION, "parcel_lost")
    assert statuses(first) == [ShipmentStatus.LOST, ShipmentStatus.SHIPPED]
    all_of_them = await report(shop, request, ShipmentStatus.DELIVERED)
    assert statuses(all_of_them) == [ShipmentStatus.DELIVERED] * 2
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert shop.world.payments.kept(request.order_id) == TOTAL
    assert shop.world.inventory.count("consumed") == 5


@pytest.mark.parametrize(
    ("status", "consumed"), [(ShipmentStatus.LOST, 5), (ShipmentStatus.RETURNED, 3)], ids=["lost", "returned"]
)
async def test_a_parcel_in_trouble_is_given_up_by_itself(shop: Shop, status: ShipmentStatus, consumed: int) -> None:
    request = await both_shipped(shop)
    await report(shop, request, ShipmentStatus.DELIVERED, 1)
    trouble = await report(shop, request, status, 2)
    assert trouble.status == OrderStatus.NEEDS_ACTION
    cancel = next(action for action in trouble.actions if action.name == "cancel_order")
    assert cancel.effect is not None
    assert cancel.effect.startswith("refunds $20.00, ")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert (view.attention, view.amount_due) == (None, TOTAL - SHELVES)
    assert shop.world.payments.kept(request.order_id) == TOTAL - SHELVES
    assert shop.world.inventory.count("consumed") == consumed
    shop.world.inventory.assert_adds_up()


async def test_a_parcel_that_the_carrier_may_have_is_recalled_when_it_is_given_up(shop: Shop) -> None:
    request = await two_parcels(shop)
    await report(shop, request, ShipmentStatus.SHIPPED, 1)
    await shop.pass_time(BACK_ORDER_LOOK)
    await shop.until(request, lambda view: len(view.reservations) == 2 and view.status == OrderStatus.FULFILLING)
    shop.world.faults.down("create_parcel")
    await shop.pass_time(timedelta(days=3) + A_ROUND)
    await shop.until(request, lambda view: view.attention == "carrier_unavailable")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.attention, view.amount_due) == (OrderStatus.DELIVERED, None, TOTAL - SHELVES)
    assert shop.world.carrier.parcels[f"{request.order_id}-P2"] == "recalled"
    assert shop.world.payments.kept(request.order_id) == TOTAL - SHELVES
    assert shop.world.inventory.count("held") == 0


async def test_of_a_parcel_that_is_given_up_only_what_was_not_refunded_goes_back(shop: Shop) -> None:
    request = await both_shipped(shop)
    shelves = RefundLine(sku="SKU-SHELF", quantity=2)
    await shop.orders.refund_lines(request.order_id, RefundLines(lines=[shelves], by="ana", reason="scratched"))
    await report(shop, request, ShipmentStatus.DELIVERED, 1)
    await report(shop, request, ShipmentStatus.LOST, 2)
    await shop.cancel(request)
    view = await shop.ended(request)
    assert view.payment_status == PaymentStatus.PARTLY_REFUNDED
    assert shop.world.payments.kept(request.order_id) == TOTAL - 3_000, "of three shelves, the price of three goes back"
    shop.world.inventory.assert_adds_up()


async def test_a_parcel_of_which_all_is_refunded_holds_nothing_up(shop: Shop) -> None:
    request = await two_parcels(shop)
    await report(shop, request, ShipmentStatus.SHIPPED, 1)
    await shop.pass_time(BACK_ORDER_LOOK)
    await shop.until(request, lambda view: len(view.reservations) == 2 and view.status == OrderStatus.FULFILLING)
    shelves = RefundLine(sku="SKU-SHELF", quantity=2)
    refunded = await shop.orders.refund_lines(request.order_id, RefundLines(lines=[shelves], by="ana", reason="sorry"))
    assert refunded.status == OrderStatus.SHIPPED
    await report(shop, request, ShipmentStatus.DELIVERED)
    assert statuses(await shop.ended(request)) == [ShipmentStatus.DELIVERED]


async def test_of_two_parcels_that_cannot_be_booked_out_the_one_that_is_still_stuck_asks_for_attention(
    shop: Shop,
) -> None:
    request = await two_parcels(shop)
    shop.world.faults.down("consume")
    await shop.pass_time(BACK_ORDER_LOOK)
    await shop.until(request, lambda view: len(view.reservations) == 2)
    await report(shop, request, ShipmentStatus.SHIPPED)
    await shop.pass_time(A_ROUND)
    await shop.until(request, lambda view: {stuck.step for stuck in view.stuck} == {"consume", "consume/2"})
    skip = ResolveStep(step="consume", decision=StepDecision.SKIP, by="ana", reason="counted by hand")
    await shop.orders.resolve_step(request.order_id, skip)
    view = await shop.until(request, lambda view: [stuck.step for stuck in view.stuck] == ["consume/2"])
    assert view.attention == "stock_unavailable"
