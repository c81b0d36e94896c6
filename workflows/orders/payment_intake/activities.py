"""How the payments front door talks with an order: the one place where a workflow of ours calls another one."""

from collections.abc import Callable
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowExecutionStatus

from workflows.orders.client import OrdersClient
from workflows.orders.models import OrderView, PaymentStanding, PaymentView, RefundPart, ShipmentStatus
from workflows.orders.payment_intake.models import (
    ForwardedPayment,
    PaymentOwner,
    PaymentRequest,
    TakenOutcome,
    TakenPayment,
    TakePayment,
)
from workflows.orders.payments.records import REST
from workflows.orders.state import ENDED
from workflows.shared.errors import ClosedError, NotFoundError

WITH_THE_CUSTOMER = frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED})
"""Parcels that must be paid for, even though somebody stopped their order."""

WHERE = {
    TakenOutcome.APPLIED: PaymentOwner.APPLIED,
    TakenOutcome.PARKED: PaymentOwner.PARKED,
    TakenOutcome.REFUSED: PaymentOwner.RETURNING,
}


@activity.defn
async def hand_over_payment(request: PaymentRequest) -> ForwardedPayment:
    """Hand a payment to its order, and say who has it now. Again, it is the same payment: it counts once.

    Raises:
        CallError: no answer, or one that makes no sense.
    """
    orders = _orders()
    payment = TakePayment(**request.model_dump(include=set(TakePayment.model_fields)))
    try:
        taken = await orders.take_payment(request.order_id, payment)
        # To an update that it knows the server repeats what the order answered then, also when that has ended since.
        if await orders.execution_status(request.order_id) == WorkflowExecutionStatus.RUNNING:
            return _taken(taken)
        return await _look(orders, request)
    except ClosedError:
        return await _look(orders, request)
    except NotFoundError as unknown:
        return _unwanted(request, str(unknown))


@activity.defn
async def look_at_payment(request: PaymentRequest) -> ForwardedPayment:
    """Look at the order, open or closed, and say who has a payment that was handed to it.

    Raises:
        CallError: no answer.
    """
    return await _look(_orders(), request)


ACTIVITIES: list[Callable[..., Any]] = [hand_over_payment, look_at_payment]


def _orders() -> OrdersClient:
    return OrdersClient(activity.client(), task_queue=activity.info().task_queue)


def _taken(taken: TakenPayment) -> ForwardedPayment:
    where = PaymentOwner.RETURNED if taken.refund_reference else WHERE[taken.outcome]
    return ForwardedPayment(where=where, reason=taken.reason, refund_reference=taken.refund_reference)


async def _look(orders: OrdersClient, request: PaymentRequest) -> ForwardedPayment:
    try:
        # Asked first: an order that ends after this has said by then what becomes of the payment.
        status = await orders.execution_status(request.order_id)
    except NotFoundError as unknown:
        return _unwanted(request, str(unknown))
    if (
        status == WorkflowExecutionStatus.FAILED
    ):  # only an order fails whose input could not be read; it answers nothing
        return _unwanted(request, f"order {request.order_id} could not be read")
    order = await orders.get_order(request.order_id)
    return _found(order, request, is_open=status == WorkflowExecutionStatus.RUNNING)


def _found(order: OrderView, request: PaymentRequest, *, is_open: bool) -> ForwardedPayment:
    payment = next((known for known in order.payments if known.payment_id == request.payment_id), None)
    where = _where(order, payment, is_open=is_open)
    return ForwardedPayment(
        where=where,
        reason=payment.reason if payment and payment.reason else _how_it_ends(order, is_open=is_open),
        refund_reference=payment.refund_reference if payment else None,
        owed=_owed(payment, request.amount) if where == PaymentOwner.UNWANTED else [],
        customer=order.request.customer,
    )


def _unwanted(request: PaymentRequest, reason: str) -> ForwardedPayment:
    return ForwardedPayment(where=PaymentOwner.UNWANTED, reason=reason, owed=_owed(None, request.amount))


def _owed(payment: PaymentView | None, amount: int) -> list[RefundPart]:
    """Return what must still go back: what the order had decided and has not booked, as it would have, and the rest."""
    if payment is None or payment.standing == PaymentStanding.REJECTED_BY_LEDGER:
        return [RefundPart(amount=amount)]
    left = amount - sum(part.amount for part in payment.parts)
    rest = [RefundPart(part=REST if payment.parts else "", amount=left)] if left else []
    return [part for part in payment.parts if not part.sent] + rest


def _where(order: OrderView, payment: PaymentView | None, *, is_open: bool) -> PaymentOwner:
    standing = payment.standing if payment else None
    if standing == PaymentStanding.RETURNED:
        return PaymentOwner.RETURNED
    if standing == PaymentStanding.APPLIED and (is_open or _has_goods(order)):
        return PaymentOwner.APPLIED
    if is_open and standing == PaymentStanding.PARKED:
        return PaymentOwner.PARKED
    if is_open and standing == PaymentStanding.RETURNING:
        return PaymentOwner.RETURNING
    return PaymentOwner.UNWANTED


def _has_goods(order: OrderView) -> bool:
    return any(parcel.status in WITH_THE_CUSTOMER for parcel in order.parcels)


def _how_it_ends(order: OrderView, *, is_open: bool) -> str:
    if order.status in ENDED:
        how = f"is {order.status.lower()}"
    else:
        how = "is being closed" if is_open else "is not worked on any more"
    return f"order {order.request.order_id} {how}"
