"""How the payments front door talks with an order: the one place where a workflow of ours calls another one."""

from collections.abc import Callable
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowExecutionStatus

from workflows.orders.client import OrdersClient
from workflows.orders.models import OrderView, PaymentStanding, PaymentView, ShipmentStatus
from workflows.orders.payment_models import (
    HandedOver,
    PaymentRequest,
    TakenOutcome,
    TakenPayment,
    TakePayment,
    Whereabouts,
)
from workflows.orders.state import ENDED
from workflows.shared.errors import ClosedError, NotFoundError

WITH_THE_CUSTOMER = frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED})
"""Parcels that must be paid for, even though somebody stopped their order."""

WHERE = {
    TakenOutcome.APPLIED: Whereabouts.APPLIED,
    TakenOutcome.PARKED: Whereabouts.PARKED,
    TakenOutcome.REFUSED: Whereabouts.RETURNING,
}


@activity.defn
async def hand_over_payment(request: PaymentRequest) -> HandedOver:
    """Hand a payment to its order, and say who has it now. Again, it is the same payment: it counts once.

    Raises:
        CallError: no answer, or one that makes no sense.
    """
    orders = _orders()
    payment = TakePayment(**request.model_dump(include=set(TakePayment.model_fields)))
    try:
        return _taken(await orders.take_payment(request.order_id, payment))
    except ClosedError:
        return await _look(orders, request)
    except NotFoundError as unknown:
        return HandedOver(where=Whereabouts.UNWANTED, reason=str(unknown))


@activity.defn
async def look_at_payment(request: PaymentRequest) -> HandedOver:
    """Look at the order, open or closed, and say who has a payment that was handed to it.

    Raises:
        CallError: no answer.
    """
    return await _look(_orders(), request)


ACTIVITIES: list[Callable[..., Any]] = [hand_over_payment, look_at_payment]


def _orders() -> OrdersClient:
    return OrdersClient(activity.client(), task_queue=activity.info().task_queue)


def _taken(taken: TakenPayment) -> HandedOver:
    where = Whereabouts.RETURNED if taken.refund_reference else WHERE[taken.outcome]
    return HandedOver(where=where, reason=taken.reason, refund_reference=taken.refund_reference)


async def _look(orders: OrdersClient, request: PaymentRequest) -> HandedOver:
    try:
        # Asked first: an order that ends after this has said by then what becomes of the payment.
        status = await orders.execution_status(request.order_id)
    except NotFoundError as unknown:
        return HandedOver(where=Whereabouts.UNWANTED, reason=str(unknown))
    if (
        status == WorkflowExecutionStatus.FAILED
    ):  # only an order fails whose input could not be read; it answers nothing
        return HandedOver(where=Whereabouts.UNWANTED, reason=f"order {request.order_id} could not be read")
    order = await orders.get_order(request.order_id)
    return _found(order, request.payment_id, is_open=status == WorkflowExecutionStatus.RUNNING)


def _found(order: OrderView, payment_id: str, *, is_open: bool) -> HandedOver:
    payment = next((known for known in order.payments if known.payment_id == payment_id), None)
    return HandedOver(
        where=_where(order, payment, is_open=is_open),
        reason=payment.reason if payment and payment.reason else _how_it_ends(order, is_open=is_open),
        refund_reference=payment.refund_reference if payment else None,
        refunded=payment.refunded if payment else 0,
        customer=order.request.customer,
    )


def _where(order: OrderView, payment: PaymentView | None, *, is_open: bool) -> Whereabouts:
    standing = payment.standing if payment else None
    if standing == PaymentStanding.RETURNED:
        return Whereabouts.RETURNED
    if standing == PaymentStanding.APPLIED and (is_open or _has_goods(order)):
        return Whereabouts.APPLIED
    if is_open and standing == PaymentStanding.PARKED:
        return Whereabouts.PARKED
    if is_open and standing == PaymentStanding.RETURNING:
        return Whereabouts.RETURNING
    return Whereabouts.UNWANTED


def _has_goods(order: OrderView) -> bool:
    return any(parcel.status in WITH_THE_CUSTOMER for parcel in order.parcels)


def _how_it_ends(order: OrderView, *, is_open: bool) -> str:
    if order.status in ENDED:
        how = f"is {order.status.lower()}"
    else:
        how = "is being closed" if is_open else "is not worked on any more"
    return f"order {order.request.order_id} {how}"
