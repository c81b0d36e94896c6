"""How the payment intake calls an order: the only place where one of our workflows calls another by a client."""

from temporalio import activity
from temporalio.api.enums.v1 import WorkflowExecutionStatus

from workflows.orders.client import OrdersClient
from workflows.orders.models import ShipmentStatus
from workflows.orders.payment_intake.models import (
    ForwardedPayment,
    PaymentRequest,
    TakePayment,
)
from workflows.orders.payments.records import REST
from workflows.orders.state import ENDED
from workflows.orders.views.models import CaptureStatus, OrderView, PaymentView, RefundPart
from workflows.shared.client import OPEN
from workflows.shared.errors import ClosedError, NotFoundError

WITH_CUSTOMER = frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED})
"""Parcels that must be paid for even if their order was terminated."""


@activity.defn
async def forward_payment(request: PaymentRequest) -> ForwardedPayment:
    """Forward a payment to its order, and return who has it now. The payment's ID makes it idempotent.

    Raises:
        CallError: no answer, or one that makes no sense.
    """
    orders = _orders()
    payment = TakePayment(**request.model_dump(include=set(TakePayment.model_fields)))
    try:
        taken = await orders.take_payment(request.order_id, payment)
        # For a known update ID the server repeats the first answer, even if the order has ended since.
        if await orders.execution_status(request.order_id) in OPEN:
            return ForwardedPayment(status=taken.status, reason=taken.reason, refund_reference=taken.refund_reference)
        return await _look_up(orders, request)
    except ClosedError:
        return await _look_up(orders, request)
    except NotFoundError as unknown:
        return _unwanted(request, str(unknown))


@activity.defn
async def look_up_payment(request: PaymentRequest) -> ForwardedPayment:
    """Look at the order, open or closed, and return who has a payment that was forwarded to it.

    Raises:
        CallError: no answer.
    """
    return await _look_up(_orders(), request)


def _orders() -> OrdersClient:
    return OrdersClient(activity.client(), task_queue=activity.info().task_queue)


async def _look_up(orders: OrdersClient, request: PaymentRequest) -> ForwardedPayment:
    try:
        # Before the query: an order that ends after this has decided by then what becomes of the payment.
        status = await orders.execution_status(request.order_id)
    except NotFoundError as unknown:
        return _unwanted(request, str(unknown))
    # An order with invalid input answers nothing.
    if status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED and not await orders.has_outcome(
        request.order_id
    ):
        return _unwanted(request, f"order {request.order_id} could not be read")
    order = await orders.get_order(request.order_id)
    return _found(order, request, is_open=status in OPEN)


def _found(order: OrderView, request: PaymentRequest, *, is_open: bool) -> ForwardedPayment:
    payment = next((known for known in order.payments if known.payment_id == request.payment_id), None)
    kept = payment is not None and is_kept(order, payment, is_open=is_open)
    return ForwardedPayment(
        status=payment.status if payment and kept else None,
        reason=payment.reason if payment and payment.reason else _why_closed(order, is_open=is_open),
        refund_reference=payment.refund_reference if payment else None,
        owed=[] if kept else _owed(payment, request.amount),
        customer=order.request.customer,
    )


def _unwanted(request: PaymentRequest, reason: str) -> ForwardedPayment:
    return ForwardedPayment(status=None, reason=reason, owed=_owed(None, request.amount))


def _owed(payment: PaymentView | None, amount: int) -> list[RefundPart]:
    """Return what must still go back: the parts that the order decided and did not send, and the rest."""
    if payment is None or payment.status == CaptureStatus.REJECTED_BY_LEDGER:
        return [RefundPart(amount=amount)]
    left = amount - sum(part.amount for part in payment.parts)
    rest = [RefundPart(part=REST if payment.parts else "", amount=left)] if left else []
    return [part for part in payment.parts if not part.sent] + rest


def is_kept(order: OrderView, payment: PaymentView, *, is_open: bool) -> bool:
    """Return whether the order has the payment, or has sent it back."""
    if payment.status == CaptureStatus.APPLIED:
        return is_open or any(parcel.status in WITH_CUSTOMER for parcel in order.parcels)
    return payment.status == CaptureStatus.RETURNED or (is_open and payment.status != CaptureStatus.REJECTED_BY_LEDGER)


def _why_closed(order: OrderView, *, is_open: bool) -> str:
    if order.status in ENDED:
        how = f"is {order.status.lower()}"
    else:
        how = "is being closed" if is_open else "is not worked on any more"
    return f"order {order.request.order_id} {how}"
