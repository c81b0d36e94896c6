"""What Temporal's operations mean to an order, a payment and a refund, and what the latter two hold."""

from collections.abc import Sequence

from console.operations.meaning import Meaning, StartAgain
from workflows.orders.client import OrdersClient
from workflows.orders.late_refunds.models import RefundView
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentRequest, PaymentStage
from workflows.orders.views.held import still_held
from workflows.shared.money import format_money


def held_by_payment(payment: PaymentIntakeView) -> Sequence[str]:
    """Return the money of a payment that has no owner yet."""
    request = payment.request
    if payment.stage in (PaymentStage.APPLIED, PaymentStage.REFUNDED):
        return ()
    money = format_money(request.amount, request.currency)
    return [f"{money} of {request.payment_id}, which neither order {request.order_id} nor its customer has"]


def held_by_refund(refund: RefundView) -> Sequence[str]:
    """Return what a refund has not sent back, as far as it is planned."""
    return [f"{step.name}: {step.reason}" for step in refund.stuck]


ORDER = Meaning(
    cancel="cancels the order as `Cancel order` does, and is refused where that is refused: it refunds and releases",
    terminate="stops the order where it is and undoes nothing: its stock stays reserved, what was paid stays captured,"
    " and nobody is told. A reset lets it go on later",
    reset="lets the order go on from that point. It reads ledger and store first: no money moves twice, no e-mail goes"
    " out again, and if it had ended, it ends so again",
    pause="stops the order's code: payments and cancellations that come are kept for later, and what you can do here"
    " is refused",
    unpause="lets the order go on, with the payments and cancellations that came meanwhile",
    timers={OrderStatus.AWAITING_PAYMENT: "the payment window"},
    instead=("cancel_order",),
    held=still_held,
    again=StartAgain(OrderRequest, OrdersClient.start),
)
PAYMENT = Meaning(
    cancel="changes nothing: the money is there already, and needs an owner",
    terminate="leaves the money where it is: nobody forwards it to its order, and nobody sends it back",
    reset="looks again for the payment's owner; nothing goes back twice",
    pause="stops the payment where it is: its order does not get it, and it does not go back",
    unpause="lets the payment find its owner",
    timer="its wait for the order",
    held=held_by_payment,
    again=StartAgain(PaymentRequest, PaymentsClient.start),
)
REFUND = Meaning(
    cancel="changes nothing: the refund is decided",
    terminate="leaves the refund half done: what has not gone back stays",
    reset="does again what has not been done; nothing goes back twice",
    pause="stops the refund where it is",
    unpause="lets the refund go on",
    held=held_by_refund,
)
