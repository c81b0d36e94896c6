"""Whatever comes by whichever door, once the front door has seen a payment it has one owner."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.support.orders import TOTAL, Shop, stocked
from tests.support.temporal import fresh
from workflows.orders.models import OrderRequest, PaymentConfirmation
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentRequest, PaymentResult
from workflows.shared.errors import ClosedError, NoAnswerError, RefusedError

A_LONG_TIME = 180


@dataclass(frozen=True)
class Money:
    """A payment that comes by a door; the amount is always the same for a number."""

    number: int
    front_door: bool

    @property
    def amount(self) -> int:
        """What it is: too little, exact, too much, exact."""
        return TOTAL + (-1, 0, 5, 0)[self.number]


@dataclass(frozen=True)
class Cancel:
    """The order is cancelled."""


@dataclass(frozen=True)
class Terminate:
    """The order is terminated, which it never hears of."""


Event = Money | Cancel | Terminate
money = st.builds(Money, number=st.integers(0, 3), front_door=st.booleans())
ends: st.SearchStrategy[Event] = st.sampled_from([Cancel(), Terminate()])
events = st.one_of(money, money, money, ends)
lives = st.tuples(
    st.lists(money, min_size=2, max_size=4), st.lists(ends, min_size=1), st.lists(events, max_size=4)
).map(list)


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(batches=lives, lost=st.integers(0, 4), seed=st.integers(0, 2**32))
async def test_no_money_is_without_an_owner(
    client: Client, batches: Sequence[Sequence[Event]], lost: int, seed: int
) -> None:
    world = stocked(payment_second="park")
    world.faults.flaky = random.Random(seed)  # noqa: S311 - which calls fail is no secret
    world.faults.lose_answers("refund", lost)
    shop = Shop(client, world, fresh("orders"))
    async with asyncio.timeout(A_LONG_TIME), shop.worker():
        request = await shop.start(fulfilment_seconds_per_step=3600)
        for batch in batches:
            await asyncio.gather(*(happen(shop, request, event) for event in batch))
        await end(shop, request)
        captured = {payment_id: amount for payment_id, (_, amount, _) in world.payments.captures.items()}
        results = await asyncio.gather(
            *(pay(shop, as_request(request, payment_id, amount)) for payment_id, amount in captured.items())
        )
    # An order that took a payment, and was terminated after it said so, keeps it: nobody is there to give it back.
    terminated = any(Terminate() in batch for batch in batches)
    for result in results:
        if result.outcome == PaymentOutcome.REFUNDED or not terminated:
            back = [sent for paid, sent, _ in world.payments.refunds.values() if paid == result.payment_id]
            assert sum(back) == captured[result.payment_id], "money stays with a shop that delivers nothing"
    assert terminated or world.payments.kept(request.order_id) == 0
    assert all(result.refund_reference for result in results if result.outcome == PaymentOutcome.REFUNDED)


def doors(shop: Shop) -> PaymentsClient:
    return PaymentsClient(shop.client, task_queue=shop.task_queue)


async def pay(shop: Shop, request: PaymentRequest) -> PaymentResult:
    return await doors(shop).pay(request, within=timedelta(seconds=A_LONG_TIME))


def as_request(request: OrderRequest, payment_id: str, amount: int) -> PaymentRequest:
    return PaymentRequest(payment_id=payment_id, order_id=request.order_id, amount=amount, currency="USD")


async def happen(shop: Shop, request: OrderRequest, event: Event) -> None:
    with suppress(ClosedError, NoAnswerError, RefusedError):
        if isinstance(event, Cancel):
            await shop.cancel(request)
        elif isinstance(event, Terminate):
            await terminate(shop, request)
        else:
            payment_id = f"{request.order_id}-pay-{event.number}"
            if event.front_door:
                await doors(shop).start(as_request(request, payment_id, event.amount))
            else:
                confirmation = PaymentConfirmation(payment_id=payment_id, amount=event.amount, currency="USD")
                await shop.pay(request, confirmation)


async def terminate(shop: Shop, request: OrderRequest) -> None:
    try:
        await shop.handle(request).terminate("an accident")
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:  # it has ended
            raise


async def end(shop: Shop, request: OrderRequest) -> None:
    """Cancel an order that still runs, and wait until it has ended."""
    with suppress(ClosedError):
        await shop.cancel(request)
        await shop.ended(request)
