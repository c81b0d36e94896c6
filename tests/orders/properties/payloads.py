"""What the events of a story say to the order, as the orders system wants it."""

from tests.orders.properties import events as happening
from tests.orders.properties.events import Act, Money
from tests.orders.properties.stories import A_LONG_STEP, Story
from tests.support.orders import order
from workflows.orders.models import (
    CancelOrder,
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderRequest,
    PaymentConfirmation,
    ResolveStep,
    ShipmentReport,
    StepDecision,
)
from workflows.orders.payment_intake.models import PaymentRequest
from workflows.orders.payments.refund_models import RefundLine, RefundLines
from workflows.orders.views.models import StuckStep

BY = "ana"
WHY = "so it is"


def order_of(story_id: str, story: Story) -> OrderRequest:
    """Return what starts the story's order."""
    return order(
        order_id=f"ORD-{story_id}",
        lines=[
            {"sku": sku, "name": sku, "quantity": quantity, "unit_price": price} for sku, quantity, price in story.lines
        ],
        payment_window_seconds=story.window_seconds,
        fulfilment_seconds_per_step=A_LONG_STEP if story.long_steps else 0,
    )


def payment_id(story_id: str, number: int) -> str:
    """Return the ID of a story's payment."""
    return f"pay-{story_id}-{number}"


def payment_of(
    request: OrderRequest, event: happening.Pay | happening.HandIn | happening.PayShared, story_id: str
) -> PaymentConfirmation:
    """Return what the gateway says."""
    if isinstance(event, happening.PayShared):
        day = story_id.partition("n")[0]
        return PaymentConfirmation(
            payment_id=f"pay-{day}-shared-{event.number}", amount=request.total, currency=request.currency
        )
    amounts = {Money.TOO_LITTLE: max(request.total - 1, 1), Money.TOO_MUCH: request.total + 1}
    return PaymentConfirmation(
        payment_id=payment_id(story_id, event.number),
        amount=amounts.get(event.money, request.total),
        currency="EUR" if event.money == Money.OTHER_CURRENCY else request.currency,
    )


def payment_of_nobody(request: OrderRequest, event: happening.PayNobody) -> PaymentRequest:
    """Return a payment for an order that does not exist."""
    order_id = f"{request.order_id}-unknown"
    return PaymentRequest(
        payment_id=f"pay-{order_id}-{event.number}", order_id=order_id, amount=request.total, currency=request.currency
    )


def signal_of(request: OrderRequest, event: Act) -> tuple[str, object] | None:
    """Return the signal with its payload, where the event is a signal."""
    match event:
        case happening.Cancel():
            return "cancel_order", CancelOrder(reason="changed my mind", requested_by="ada")
        case happening.Report(status, number):
            parcel_id = f"{request.order_id}-P{number}" if number else None
            return "report_shipment", ShipmentReport(status=status, parcel_id=parcel_id)
        case happening.Nonsense(signal):
            return signal, {"amount": "a lot", "status": 7}
        case _:
            return None


def update_of(request: OrderRequest, event: Act, story_id: str) -> tuple[str, object] | None:
    """Return the update with its payload, where the event is an update."""
    match event:
        case happening.Decide(number, accept):
            return "decide_payment", decision_about(payment_id(story_id, number), accept=accept)
        case happening.DecideShort(decision):
            return "decide_shortage", DecideShortage(decision=decision, by=BY, reason=WHY)
        case happening.Extend(seconds):
            return "extend_payment_window", ExtendPaymentWindow(seconds=seconds, by=BY, reason=WHY)
        case happening.Refund(line, quantity):
            return "refund_lines", RefundLines(lines=_lines(request, line, quantity), by=BY, reason=WHY)
        case _:
            return None


def decision_about(payment: str, *, accept: bool) -> DecidePayment:
    """Return a decision about a parked payment."""
    return DecidePayment(payment_id=payment, decision="accept" if accept else "refund", by=BY, reason=WHY)


BY_HAND = "by hand:"
"""How the references begin of what a person did."""


def resolution_of(step: StuckStep, decision: StepDecision) -> ResolveStep:
    """Return the decision about a stuck step."""
    reference = f"{BY_HAND} {step.step}" if decision == StepDecision.RESOLVE else None
    return ResolveStep(step=step.step, decision=decision, by=BY, reason=WHY, reference=reference)


def _lines(request: OrderRequest, line: int | None, quantity: int) -> list[RefundLine] | None:
    if line is None:
        return None
    return [RefundLine(sku=request.lines[line % len(request.lines)].sku, quantity=quantity)]
