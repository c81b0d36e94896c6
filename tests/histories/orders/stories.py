"""The recorded stories of orders."""

from tests.histories.orders.payment_stories import PAYMENT_STORIES
from tests.histories.system import Handle, System
from tests.support.orders import TOTAL, Shop, open_shop, payment
from workflows.orders.client import refund_workflow_id
from workflows.orders.late_refunds.models import WantedRefund
from workflows.orders.models import (
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderStatus,
    ShipmentStatus,
    ShortageDecision,
)
from workflows.orders.payments.refund_models import RefundLine, RefundLines
from workflows.orders.workflow import WORKFLOWS
from workflows.shared.refused_signals import Acknowledge

AN_HOUR = 3600


async def closed(handle: Handle) -> Handle:
    """Wait for the end of a workflow, and return it."""
    await handle.result()
    return handle


async def delivered(shop: Shop) -> Handle:
    """Record an order that went well, at the workers' pace, although a wrong and a second payment came."""
    request = await shop.start(order_id="ORD-DELIVERED", fulfilment_seconds_per_step=None)
    await shop.pay(request, payment("pay-short", amount=TOTAL - 1))
    await shop.pay(request, payment("pay-right"))
    return await closed(shop.handle(request))


async def refunded_after_delivery(shop: Shop) -> Handle:
    """Record the return of a piece after delivery."""
    request = await shop.start(order_id="ORD-RETURN")
    await shop.pay(request, payment("pay-return"))
    await closed(shop.handle(request))
    chair = RefundLine(sku="SKU-CHAIR", quantity=1)
    wanted = WantedRefund(lines=[chair], returned=True, by="ana", reason="broken")
    await shop.orders.refund_delivered("ORD-RETURN", wanted, refund_id="RET-1")
    return await closed(shop.client.get_workflow_handle(refund_workflow_id("RET-1")))


async def cancelled_after_payment(shop: Shop) -> Handle:
    """Record an order that was cancelled while it was picked, with a payment that came too late."""
    request = await shop.start(order_id="ORD-CANCELLED", fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-back"))
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.lose_answers("release", 1)
    await shop.cancel(request)
    await shop.pay(request, payment("pay-late"))
    return await closed(shop.handle(request))


async def expired(shop: Shop) -> Handle:
    """Record an order whose payment nobody could read, until somebody has looked at that."""
    request = await shop.start(order_id="ORD-EXPIRED", payment_window_seconds=1)
    await shop.handle(request).signal("confirm_payment", {"payment_id": "pay-1", "amount": "a lot"})
    await shop.until_status(request, OrderStatus.EXPIRED)
    await shop.orders.acknowledge(request.order_id, Acknowledge(by="ana", note="sent back by hand"))
    return await closed(shop.handle(request))


async def rejected(shop: Shop) -> Handle:
    """Record an order of something that is sold out."""
    shelf = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": TOTAL}
    request = await shop.start(order_id="ORD-REJECTED", lines=[shelf])
    return await closed(shop.handle(request))


async def lost_and_refunded(shop: Shop) -> Handle:
    """Record an order whose parcel got lost, was found, got lost again, and was given up."""
    request = await shop.start(order_id="ORD-LOST", fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-for-nothing"))
    await shop.until_status(request, OrderStatus.FULFILLING)
    await shop.report(request, ShipmentStatus.PICKED)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.cancel(request)
    for status in (ShipmentStatus.LOST, ShipmentStatus.SHIPPED, ShipmentStatus.LOST):
        await shop.report(request, status)
    await shop.cancel(request)
    return await closed(shop.handle(request))


async def came_back_before_it_was_booked_out(shop: Shop) -> Handle:
    """Record an order whose parcel came back while its pieces were still being booked out."""
    request = await shop.start(order_id="ORD-CAME-BACK", fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-come-back"))
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.lose_answers("consume", 4)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.report(request, ShipmentStatus.RETURNED)
    await shop.cancel(request)
    return await closed(shop.handle(request))


async def workflow_cancelled(shop: Shop) -> Handle:
    """Record an order whose workflow was cancelled in Temporal while it waited for its payment."""
    request = await shop.start(order_id="ORD-WORKFLOW-CANCELLED")
    await shop.handle(request).cancel()
    return await closed(shop.handle(request))


async def parked_and_accepted(shop: Shop) -> Handle:
    """Record an order whose window was extended, and that was paid too little, which was good enough in the end."""
    request = await shop.start(order_id="ORD-PARKED", fulfilment_seconds_per_step=None)
    await shop.orders.extend_payment_window(
        request.order_id, ExtendPaymentWindow(seconds=AN_HOUR, by="chen", reason="on holiday")
    )
    await shop.pay(request, payment("pay-less", amount=TOTAL - 500))
    await shop.orders.decide_payment(
        request.order_id, DecidePayment(payment_id="pay-less", decision="accept", by="chen", reason="a good customer")
    )
    return await closed(shop.handle(request))


async def short_and_refunded(shop: Shop) -> Handle:
    """Record an order that was short of a line, which was cancelled, and of which another line was refunded."""
    lines = [
        {"sku": "SKU-CHAIR", "name": "Chair", "quantity": 2, "unit_price": 5_000},
        {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": 4_000},
    ]
    request = await shop.start(order_id="ORD-SHORT", lines=lines, when_short="ask", fulfilment_seconds_per_step=AN_HOUR)
    await shop.orders.decide_shortage(
        request.order_id, DecideShortage(decision=ShortageDecision.CANCEL_LINES, by="chen", reason="not made any more")
    )
    await shop.pay(request, payment("pay-chairs", amount=10_000))
    await shop.until_status(request, OrderStatus.FULFILLING)
    chair = RefundLine(sku="SKU-CHAIR", quantity=1)
    await shop.orders.refund_lines(request.order_id, RefundLines(lines=[chair], by="chen", reason="scratched"))
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.cancel(request)
    await shop.report(request, ShipmentStatus.DELIVERED)
    return await closed(shop.handle(request))


ORDERS = System(
    name="orders",
    workflows=WORKFLOWS,
    open=open_shop,
    stories=(
        delivered,
        refunded_after_delivery,
        cancelled_after_payment,
        expired,
        rejected,
        lost_and_refunded,
        came_back_before_it_was_booked_out,
        workflow_cancelled,
        parked_and_accepted,
        short_and_refunded,
        *PAYMENT_STORIES,
    ),
)
