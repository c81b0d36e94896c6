"""The recorded stories of payment intake."""

from tests.histories.system import Handle
from tests.support.orders import TOTAL, Shop, payment
from tests.support.payments import at_the_door, money_for, until_door, until_stage
from workflows.orders.client import payment_workflow_id
from workflows.orders.models import DecidePayment, ResolveStep, StepDecision
from workflows.orders.payment_intake.models import PaymentRequest, PaymentStage


async def ended(shop: Shop, money: PaymentRequest) -> Handle:
    """Wait for the end of a payment's workflow, and return it."""
    await at_the_door(shop).wait(money.payment_id)
    return shop.client.get_workflow_handle(payment_workflow_id(money.payment_id))


async def payment_parked_and_applied(shop: Shop) -> Handle:
    """Record a payment of too little, which waited until somebody accepted it."""
    request = await shop.start(order_id="ORD-DOOR-PARKED")
    money = money_for(request.order_id, "pay-door-parked", amount=TOTAL - 500)
    await at_the_door(shop).start(money)
    await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    await shop.orders.decide_payment(
        request.order_id,
        DecidePayment.model_validate(
            {"payment_id": money.payment_id, "decision": "accept", "by": "chen", "reason": "a good customer"}
        ),
    )
    return await ended(shop, money)


async def payment_refused(shop: Shop) -> Handle:
    """Record a second payment, which its order sent back."""
    request = await shop.start(order_id="ORD-DOOR-TWICE", fulfilment_seconds_per_step=3600)
    await shop.pay(request, payment("pay-door-first"))
    money = money_for(request.order_id, "pay-door-second")
    await at_the_door(shop).start(money)
    return await ended(shop, money)


async def payment_returned_by_hand(shop: Shop) -> Handle:
    """Record a payment for no order, which the provider would not send back, so that somebody did."""
    shop.world.faults.down("refund")
    money = money_for("ORD-DOOR-NOWHERE", "pay-door-nowhere", customer_email="eve@example.com")
    await at_the_door(shop).start(money)
    await until_door(shop, money.payment_id, lambda view: bool(view.stuck))
    await at_the_door(shop).resolve_step(
        money.payment_id,
        ResolveStep(
            step=f"refund/{money.payment_id}",
            decision=StepDecision.RESOLVE,
            by="chen",
            reason="card closed",
            reference="transfer 1",
        ),
    )
    return await ended(shop, money)


PAYMENT_STORIES = (payment_parked_and_applied, payment_refused, payment_returned_by_hand)
