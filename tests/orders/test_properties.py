"""What holds at the end of every order, whatever comes in whatever order, and whatever fails on the way."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.support.order_ports import World
from tests.support.orders import TOTAL, Shop, stocked
from tests.support.temporal import fresh
from workflows.orders.models import (
    CancelOrder,
    OrderRequest,
    OrderStatus,
    OrderView,
    PaymentConfirmation,
    ReservationStatus,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.shared.errors import ClosedError, NoAnswerError

A_LONG_TIME = 120
"""Seconds after which an order that has not ended is taken to hang."""

CANCEL = CancelOrder(reason="changed my mind", requested_by="ada")


@dataclass(frozen=True)
class Restart:
    """The worker goes away in the middle of what it does, and another one comes."""


@dataclass(frozen=True)
class Look:
    """Somebody asks, which also gives the order time to get on."""


payments = st.builds(
    PaymentConfirmation,
    payment_id=st.sampled_from(["pay-1", "pay-2", "pay-3"]),
    amount=st.sampled_from([TOTAL, TOTAL, TOTAL - 1]),
    currency=st.sampled_from(["USD", "USD", "USD", "EUR"]),
)
reports = st.builds(ShipmentReport, status=st.sampled_from(ShipmentStatus))
events = st.one_of(payments, payments, reports, st.just(CANCEL), st.just(Restart()), st.just(Look()))
Event = PaymentConfirmation | ShipmentReport | CancelOrder | Restart | Look

SIGNALS: dict[type, str] = {
    PaymentConfirmation: "confirm_payment",
    ShipmentReport: "report_shipment",
    CancelOrder: "cancel_order",
}


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    batches=st.lists(st.lists(events, min_size=1, max_size=5), max_size=5),
    seconds_per_step=st.sampled_from([0, 3600]),
    seed=st.integers(0, 2**32),
)
async def test_money_and_stock_add_up_at_the_end(
    client: Client, batches: list[list[Event]], seconds_per_step: int, seed: int
) -> None:
    world = stocked()
    world.faults.flaky = random.Random(seed)  # noqa: S311 - which calls fail is no secret
    shop = Shop(client, world, fresh("orders"))
    captured = await play(shop, batches, seconds_per_step)
    check(world, captured.view, captured.payment_ids)


@dataclass(frozen=True)
class Ended:
    """An order at its end, and the payments that were sent to it while it took signals."""

    view: OrderView
    payment_ids: set[str]


async def play(shop: Shop, batches: list[list[Event]], seconds_per_step: int) -> Ended:
    """Send the events, each batch at once, and then whatever ends the order."""
    suffix = fresh("")
    taken: set[str] = set()
    # A task that a dying worker had taken comes again after ten seconds; until then a question has no answer.
    async with AsyncExitStack() as worker, asyncio.timeout(A_LONG_TIME):
        await worker.enter_async_context(shop.worker(cached=0))
        request = await shop.start(fulfilment_seconds_per_step=seconds_per_step)
        for batch in batches:
            taken.update(*await asyncio.gather(*(send(shop, request, event, suffix) for event in batch)))
            if Restart() in batch:
                await worker.aclose()
                await worker.enter_async_context(shop.worker(cached=0))
        await bring_to_an_end(shop, request)
        return Ended(await shop.ended(request), taken)


async def send(shop: Shop, request: OrderRequest, event: Event, suffix: str) -> set[str]:
    """Send one event, and return the payment that the order has taken note of."""
    if isinstance(event, Restart):
        return set()
    if isinstance(event, Look):
        with suppress(NoAnswerError):
            await shop.orders.get_status(request.order_id)
        return set()
    if isinstance(event, PaymentConfirmation):
        event = event.model_copy(update={"payment_id": event.payment_id + suffix})
    try:
        await shop.handle(request).signal(SIGNALS[type(event)], event)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:  # it has ended, and the sender knows that it took nothing
            raise
        return set()
    return {event.payment_id} if isinstance(event, PaymentConfirmation) else set()


async def bring_to_an_end(shop: Shop, request: OrderRequest) -> None:
    """Cancel an order that waits for somebody, or say that its parcel has arrived."""
    status = None
    while status not in (OrderStatus.DELIVERED, OrderStatus.CANCELLED):
        with suppress(ClosedError, NoAnswerError):
            status = (await shop.orders.get_order(request.order_id)).status
            if status == OrderStatus.SHIPPED:
                await shop.report(request, ShipmentStatus.DELIVERED)
            elif status != OrderStatus.DELIVERED:
                await shop.cancel(request)


def check(world: World, view: OrderView, payment_ids: set[str]) -> None:
    """Fail unless the books are right."""
    delivered = view.status == OrderStatus.DELIVERED
    assert delivered or view.status == OrderStatus.CANCELLED

    moved = Counter((entry.kind, entry.payment_id) for entry in view.ledger)
    assert set(moved.values()) <= {1}, "captured or refunded twice"
    assert {entry.payment_id for entry in view.ledger if entry.kind == "capture"} == payment_ids
    signed = Counter({"USD": 0, "EUR": 0})
    for entry in view.ledger:
        signed[entry.currency] += entry.amount if entry.kind == "capture" else -entry.amount
    assert signed == {"USD": TOTAL if delivered else 0, "EUR": 0}
    assert world.payments.kept(view.request.order_id) == (TOTAL if delivered else 0)

    world.inventory.assert_adds_up()
    assert world.inventory.count("held") == 0
    lost = any(parcel.status == ShipmentStatus.LOST for parcel in view.parcels)
    assert world.inventory.count("consumed") == (3 if delivered or lost else 0)
    assert view.reservation is not None
    assert view.reservation.status == (ReservationStatus.CONSUMED if delivered or lost else ReservationStatus.RELEASED)
    assert view.attention is None
