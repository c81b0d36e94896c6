"""The recorded stories of payment intake."""

from tests.histories.system import Handle
from tests.support.orders import TOTAL, Shop, payment
from tests.support.payments import Intake


async def ended(intake: Intake) -> Handle:
    """Wait for the end of a payment's workflow, and return it."""
    await intake.client.wait(intake.id)
    return intake.handle


async def payment_parked_and_applied(shop: Shop) -> Handle:
    """Record a payment of too little, which waited until somebody accepted it."""
    request = await shop.start(order_id="ORD-PARKED-PAYMENT")
    intake = Intake(shop, request.order_id, "pay-parked", amount=TOTAL - 500)
    await intake.start_and_park()
    await shop.decide_payment(request, intake.id, "accept")
    return await ended(intake)


async def payment_refused(shop: Shop) -> Handle:
    """Record a second payment, which its order sent back."""
    request = await shop.start(order_id="ORD-PAID-TWICE", fulfilment_seconds_per_step=3600)
    await shop.pay(request, payment("pay-first"))
    intake = Intake(shop, request.order_id, "pay-second")
    await intake.start()
    return await ended(intake)


async def payment_returned_by_hand(shop: Shop) -> Handle:
    """Record a payment for no order, which the provider would not send back, so that somebody did."""
    shop.world.faults.down("refund")
    intake = Intake(shop, "ORD-NOWHERE", "pay-nowhere", customer_email="eve@example.com")
    await intake.start()
    await intake.until(lambda view: bool(view.stuck))
    await intake.resolve("refund", "resolve", reason="card closed", reference="transfer 1")
    return await ended(intake)


PAYMENT_STORIES = (payment_parked_and_applied, payment_refused, payment_returned_by_hand)
