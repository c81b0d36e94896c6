"""Records histories of the orders system, for the replay test: ``python -m tests.orders.record VERSION``.

Histories of a version that is there are kept: they are what running orders look like. After a change of the
workflow, record the next version beside them.
"""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.support.orders import TOTAL, Shop, open_shop, payment
from tests.support.temporal import dev_server
from workflows.orders.client import WORKFLOW_TYPE
from workflows.orders.models import OrderRequest, OrderStatus, ShipmentStatus

FOLDER = Path(__file__).parent.parent / "histories" / "orders"
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


async def workflow_cancelled(shop: Shop) -> OrderRequest:
    """Return an order whose workflow was cancelled in Temporal while it waited for its payment."""
    request = await shop.start(order_id="ORD-WORKFLOW-CANCELLED")
    await shop.handle(request).cancel()
    return request


STORIES: tuple[Story, ...] = (
    delivered,
    cancelled_after_payment,
    expired,
    rejected,
    lost_and_refunded,
    workflow_cancelled,
)


async def record(version: str) -> None:
    """Write one history for each story.

    Raises:
        FileExistsError: when a history of that version is there.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with dev_server() as server:
        for story in STORIES:
            async with open_shop(server.client) as shop:
                request = await story(shop)
                await shop.ended(request)
                history = (await shop.handle(request).fetch_history()).to_json()
            with (FOLDER / f"{story.__name__}-{version}.json").open("x") as file:
                file.write(_without_machine(history, server.client.identity) + "\n")


def _without_machine(history: str, identity: str) -> str:
    """Take out which process on which machine recorded it, and where its files are."""
    history = re.sub(r'"stackTrace": "(\\.|[^"\\])*"', '"stackTrace": ""', history)
    return re.sub(rf"\d+@{re.escape(identity.partition('@')[2])}", "recorder", history)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m tests.orders.record VERSION  (histories of {WORKFLOW_TYPE} for the replay test)")
    code = 0
    try:
        asyncio.run(record(sys.argv[1]))
    except FileExistsError as error:
        sys.stderr.write(f"{error.filename} is there already; record the next version beside it\n")
        sys.stderr.flush()
        code = 1
    os._exit(code)  # a process that used temporalio may crash in its normal exit
