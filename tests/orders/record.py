"""Records histories of the orders system, for the replay test: ``python -m tests.orders.record VERSION``.

Histories of a version that is there are kept: they are what running orders look like. After a change of the
workflow, record the next version beside them.
"""

from collections.abc import Awaitable, Callable

from temporalio.client import Client

from tests.orders.payment_stories import PAYMENT_STORIES
from tests.support.histories import keep, record_by_command
from tests.support.orders import TOTAL, Shop, open_shop, payment
from tests.support.payments import at_the_door
from tests.support.temporal import dev_server
from workflows.orders.client import payment_workflow_id
from workflows.orders.models import (
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderRequest,
    OrderStatus,
    ShipmentStatus,
    ShortageDecision,
)
from workflows.orders.payments.refund_models import RefundLine, RefundLines

AN_HOUR = 3600
Story = Callable[[Shop], Awaitable[OrderRequest]]


async def delivered(shop: Shop) -> OrderRequest:
    """Return an order that went well, at the workers' pace, although a wrong and a second payment came."""
    request = await shop.start(order_id="ORD-DELIVERED", fulfilment_seconds_per_step=None)
    await shop.pay(request, payment("pay-short", amount=TOTAL - 1))
    await shop.pay(request, payment("pay-right"))
    return request


async def cancelled_after_payment(shop: Shop) -> OrderRequest:
    """Return an order that was cancelled while it was picked, with a payment that came too late."""
    request = await shop.start(order_id="ORD-CANCELLED", fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-back"))
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.lose_answers("release", 1)
    await shop.cancel(request)
    await shop.pay(request, payment("pay-late"))
    return request


async def expired(shop: Shop) -> OrderRequest:
    """Return an order that nobody paid."""
    return await shop.start(order_id="ORD-EXPIRED", payment_window_seconds=1)


async def rejected(shop: Shop) -> OrderRequest:
    """Return an order of something that is sold out."""
    shelf = {"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": TOTAL}
    return await shop.start(order_id="ORD-REJECTED", lines=[shelf])


async def lost_and_refunded(shop: Shop) -> OrderRequest:
    """Return an order whose parcel got lost, was found, got lost again, and was given up."""
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
    return request


async def came_back_before_it_was_booked_out(shop: Shop) -> OrderRequest:
    """Return an order whose parcel came back while its pieces were still being booked out."""
    request = await shop.start(order_id="ORD-CAME-BACK", fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-come-back"))
    await shop.until_status(request, OrderStatus.FULFILLING)
    shop.world.faults.lose_answers("consume", 4)
    await shop.report(request, ShipmentStatus.SHIPPED)
    await shop.until_status(request, OrderStatus.SHIPPED)
    await shop.report(request, ShipmentStatus.RETURNED)
    await shop.cancel(request)
    return request


async def workflow_cancelled(shop: Shop) -> OrderRequest:
    """Return an order whose workflow was cancelled in Temporal while it waited for its payment."""
    request = await shop.start(order_id="ORD-WORKFLOW-CANCELLED")
    await shop.handle(request).cancel()
    return request


async def parked_and_accepted(shop: Shop) -> OrderRequest:
    """Return an order whose window was extended, and that was paid too little, which was good enough in the end."""
    request = await shop.start(order_id="ORD-PARKED", fulfilment_seconds_per_step=None)
    await shop.orders.extend_payment_window(
        request.order_id, ExtendPaymentWindow(seconds=AN_HOUR, by="chen", reason="on holiday")
    )
    await shop.pay(request, payment("pay-less", amount=TOTAL - 500))
    await shop.orders.decide_payment(
        request.order_id, DecidePayment(payment_id="pay-less", decision="accept", by="chen", reason="a good customer")
    )
    return request


async def short_and_refunded(shop: Shop) -> OrderRequest:
    """Return an order that was short of a line, which was cancelled, and of which another line was refunded."""
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
    return request


STORIES: tuple[Story, ...] = (
    delivered,
    cancelled_after_payment,
    expired,
    rejected,
    lost_and_refunded,
    came_back_before_it_was_booked_out,
    workflow_cancelled,
    parked_and_accepted,
    short_and_refunded,
)


async def record(version: str) -> None:
    """Write one history for each story.

    Raises:
        FileExistsError: when a history of that version is there.
    """
    async with dev_server() as server:
        await record_orders(server.client, version)
        await record_payments(server.client, version)


async def record_orders(client: Client, version: str) -> None:
    """Write the orders' histories."""
    for story in STORIES:
        async with open_shop(client) as shop:
            request = await story(shop)
            await shop.ended(request)
            await keep(shop.handle(request), client.identity, "orders", story.__name__, version)


async def record_payments(client: Client, version: str) -> None:
    """Write the payments' histories."""
    for story in PAYMENT_STORIES:
        async with open_shop(client) as shop:
            money = await story(shop)
            await at_the_door(shop).wait(money.payment_id)
            handle = client.get_workflow_handle(payment_workflow_id(money.payment_id))
            await keep(handle, client.identity, "orders", story.__name__, version)


if __name__ == "__main__":
    record_by_command(record)
