"""Brings an order to its end once its story is told: whatever it waits for, somebody does."""

import asyncio

from tests.orders.properties import events as happening
from tests.orders.properties.ended import Ended
from tests.orders.properties.payloads import decision_about
from tests.orders.properties.stories import Ending
from tests.orders.properties.teller import PATIENCE, Teller
from workflows.orders.models import OrderStatus, OrderView, PaymentConfirmation, ShipmentStatus

ARRIVES = {Ending.LOSE: ShipmentStatus.LOST, Ending.RETURN: ShipmentStatus.RETURNED}


async def finish(teller: Teller) -> Ended:
    """Repair everything, bring the order to its end, and return it."""
    teller.repair()
    await _bring_to_an_end(teller)
    return await teller.ended()


async def _bring_to_an_end(teller: Teller) -> None:
    """Do what the ending says wherever the order waits for somebody."""
    closed = asyncio.create_task(teller.handle.result())
    while not closed.done():
        await _nudge(teller, await teller.look())
        await asyncio.wait({closed}, timeout=PATIENCE)
    await closed


async def _nudge(teller: Teller, view: OrderView) -> None:
    story = teller.story
    for parked in view.parked:
        await teller.decide(decision_about(parked.payment_id, accept=story.accepts_parked))
    if any(action.name == "decide_shortage" and action.enabled for action in view.actions):
        await teller.happens(happening.DecideShort(story.when_asked))
        return
    match view.status:
        case OrderStatus.SHIPPED:
            await teller.happens(happening.Report(ARRIVES.get(story.ending, ShipmentStatus.DELIVERED)))
        case _ if story.ending == Ending.CANCEL or view.status == OrderStatus.NEEDS_ACTION:
            await teller.happens(happening.Cancel())
            if any(refusal.signal == "cancel_order" for refusal in view.refusals):  # it is packed already
                await teller.happens(happening.Report(ShipmentStatus.SHIPPED))
        case OrderStatus.AWAITING_PAYMENT:
            await teller.confirm(_last_payment(view))
        case OrderStatus.FULFILLING:
            await teller.happens(happening.Report(ShipmentStatus.SHIPPED))


def _last_payment(view: OrderView) -> PaymentConfirmation:
    """Return the payment of what is due; where that changes before the payment comes, another one comes."""
    amount = view.amount_due or view.request.total
    return PaymentConfirmation(
        payment_id=f"pay-{view.request.order_id}-last-{amount}", amount=amount, currency=view.request.currency
    )
