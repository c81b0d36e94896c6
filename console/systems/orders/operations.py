"""What Temporal's operations mean to an order, a payment and a refund, and what these hold."""

from collections.abc import Iterator, Sequence

from console.operations.meaning import Meaning, StartAgain
from console.systems.orders.details import pieces
from workflows.orders.client import OrdersClient
from workflows.orders.late_refunds.models import RefundView
from workflows.orders.models import OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentIntakeView, PaymentRequest, PaymentStage
from workflows.orders.views.held import held_lines, held_money
from workflows.orders.views.models import OrderView
from workflows.shared.counts import number_of
from workflows.shared.money import format_money

ARRIVED = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED})
"""Statuses of parcels that are not on their way."""


def held_by_order(order: OrderView) -> Sequence[str]:
    """Return the money, stock and parcels of an order, as its own view has them."""
    return [*_money(order), *_goods(order)]


def _money(order: OrderView) -> Iterator[str]:
    for money in held_money(order):
        yield f"{money} of the customer's money"
    if order.payment_status == PaymentStatus.REFUND_PENDING:
        yield "a refund that has not gone back yet"
    for parked in order.parked:
        yield f"{format_money(parked.amount, parked.currency)} of {parked.payment_id}, about which nobody has decided"


def _goods(order: OrderView) -> Iterator[str]:
    if held := held_lines(order):
        yield f"{number_of(sum(line.quantity for line in held), 'piece')} in stock, reserved: {pieces(held)}"
    for parcel in order.parcels:
        if parcel.status not in ARRIVED:
            yield f"parcel {parcel.parcel_id}, {parcel.status.lower()}"
    if order.back_ordered:
        yield f"it waits for {pieces(order.back_ordered)}"


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
    held=held_by_order,
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
