"""Brings an order to its end once its story is told: whatever it waits for, somebody does."""

import asyncio

from tests.orders.properties import events as happening
from tests.orders.properties.ended import Ended
from tests.orders.properties.events import Act
from tests.orders.properties.payloads import decision_about
from tests.orders.properties.stories import Ending, Story
from tests.orders.properties.teller import PATIENCE, Teller
from workflows.orders.models import OrderStatus, PaymentConfirmation, ShipmentStatus
from workflows.orders.views.models import OrderView

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
        view = await teller.look()
        for parked in view.parked:
            await teller.decide(decision_about(parked.payment_id, accept=teller.story.accepts_parked))
        await _nudge(teller, view)
        await asyncio.wait({closed}, timeout=PATIENCE)
    if not teller.terminated:
        await closed


async def _nudge(teller: Teller, view: OrderView) -> None:
    for event in next_events(teller.story, view):
        await (teller.confirm(event) if isinstance(event, PaymentConfirmation) else teller.happens(event))


def next_events(story: Story, view: OrderView) -> list[Act | PaymentConfirmation]:
    """Return what somebody must do so that the order comes to the end that its story has."""
    if any(action.name == "decide_shortage" and action.enabled for action in view.actions):
        return [happening.DecideShort(story.when_asked)]
    match view.status:
        case OrderStatus.SHIPPED:
            return [happening.Report(ARRIVES.get(story.ending, ShipmentStatus.DELIVERED))]
        case _ if story.ending == Ending.CANCEL or view.status == OrderStatus.NEEDS_ACTION:
            packed = any(refusal.signal == "cancel_order" for refusal in view.refusals)
            return [happening.Cancel(), *([happening.Report(ShipmentStatus.SHIPPED)] if packed else [])]
        case OrderStatus.AWAITING_PAYMENT:
            return [_last_payment(view)]
        case OrderStatus.FULFILLING:
            return [happening.Report(ShipmentStatus.SHIPPED)]
    return []


def _last_payment(view: OrderView) -> PaymentConfirmation:
    """Return the payment of what is due; where that changes before the payment comes, another one comes."""
    amount = view.amount_due or view.request.total
    return PaymentConfirmation(
        payment_id=f"pay-{view.request.order_id}-last-{amount}", amount=amount, currency=view.request.currency
    )
