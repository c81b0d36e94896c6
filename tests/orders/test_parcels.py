"""Several parcels of one order: each goes its own way, and is lost, sent back or given up by itself."""

from datetime import timedelta

import pytest

from tests.support.orders import DAY, Shop, action, line, payment
from workflows.orders.models import (
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    ShipmentStatus,
)
from workflows.orders.payments.refund_models import RefundLine, RefundLines
from workflows.orders.views.models import OrderView

pytestmark = pytest.mark.skips_time

TOTAL = 13_000
BACK_ORDER_LOOK = timedelta(seconds=90)
"""More than the pause before back-ordered pieces are looked for again."""
SHELVES = 2_000
"""What the two shelves of the second parcel cost."""


async def two_parcels(shop: Shop) -> OrderRequest:
    """Return a paid order of $130.00: two chairs and a shelf are being picked, two shelves have just come in, too."""
    shop.world.inventory.restock_shelf("SKU-SHELF", 1)
    request = await shop.start(
        lines=[line("SKU-CHAIR", 2, 5_000), line("SKU-SHELF", 3, 1_000)],
        when_short="ship_available",
        fulfilment_seconds_per_step=DAY,
    )
    await shop.until(request, lambda _: shop.world.faults.calls["reserve"] == 2)  # has been looked for in vain
    shop.world.inventory.restock_shelf("SKU-SHELF", 2)
    await shop.pay(request, payment(amount=TOTAL))
    await shop.until_status(request, OrderStatus.FULFILLING)
    return request


async def report(shop: Shop, request: OrderRequest, status: ShipmentStatus, number: int | None = None) -> OrderView:
    outcome = await shop.report(request, status, number)
    assert outcome.refusal is None
    return outcome.snapshot.view


async def refund_shelves(shop: Shop, request: OrderRequest) -> OrderView:
    shelves = RefundLine(sku="SKU-SHELF", quantity=2)
    return await shop.orders.refund_lines(request.order_id, RefundLines(lines=[shelves], by="ana", reason="scratched"))


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
    assert (action(trouble).effect or "").startswith("refunds $20.00, ")
    await shop.cancel(request)
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert (view.attention, view.amount_due) == (None, TOTAL - SHELVES)
    assert shop.world.payments.kept(request.order_id) == TOTAL - SHELVES
    assert shop.world.inventory.count("consumed") == consumed


async def test_of_a_parcel_that_is_given_up_only_what_was_not_refunded_goes_back(shop: Shop) -> None:
    request = await both_shipped(shop)
    await refund_shelves(shop, request)
    await report(shop, request, ShipmentStatus.DELIVERED, 1)
    await report(shop, request, ShipmentStatus.LOST, 2)
    await shop.cancel(request)
    view = await shop.ended(request)
    assert view.payment_status == PaymentStatus.PARTLY_REFUNDED
    assert shop.world.payments.kept(request.order_id) == TOTAL - 3_000, "of three shelves, the price of three goes back"


async def test_a_parcel_of_which_all_is_refunded_holds_nothing_up(shop: Shop) -> None:
    request = await two_parcels(shop)
    await report(shop, request, ShipmentStatus.SHIPPED, 1)
    await shop.pass_time(BACK_ORDER_LOOK)
    await shop.until(request, lambda view: len(view.reservations) == 2 and view.status == OrderStatus.FULFILLING)
    assert (await refund_shelves(shop, request)).status == OrderStatus.SHIPPED
    await report(shop, request, ShipmentStatus.DELIVERED)
    assert statuses(await shop.ended(request)) == [ShipmentStatus.DELIVERED]
