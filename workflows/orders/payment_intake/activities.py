"""How the payment intake calls an order: the only place where one of our workflows calls another by a client."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio import activity
from temporalio.api.enums.v1 import WorkflowExecutionStatus

from workflows.orders.client import OrdersClient, payment_workflow_id, workflow_id
from workflows.orders.models import ENDED, OrderStatus, ShipmentStatus
from workflows.orders.payment_intake.models import (
    CLAIMED,
    ForwardedPayment,
    ForwardPayment,
    PaymentOutcome,
    PaymentRequest,
    TakePayment,
)
from workflows.orders.payments.records import REST
from workflows.orders.views.models import CaptureStatus, OrderView, PaymentView, RefundPart
from workflows.shared.client import OPEN
from workflows.shared.errors import ClosedError, NoAnswerError, NotFoundError
from workflows.shared.items import ItemRecord, Items, hash_of

UNDECIDED = frozenset({CaptureStatus.PARKED, CaptureStatus.RETURNING})
"""The order has it, and has not finished with it."""

WITH_CUSTOMER = frozenset({ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED})
"""Parcels that must be paid for even if their order was terminated."""


class PaymentIntakeActivities:
    """Ask an order, or the store, who has a payment. The first answer that decides it is in the store, and stands."""

    def __init__(self, items: Items, payment_waits: timedelta) -> None:
        """Use these items; ``payment_waits`` is how long a payment waits for an order that is not there yet."""
        self._items = items
        self._payment_waits = payment_waits

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [self.forward_payment, self.look_up_payment]

    @activity.defn
    async def forward_payment(self, payment: ForwardPayment) -> ForwardedPayment:
        """Forward a payment to its order, and return who has it now. The payment's ID makes it idempotent.

        If there is no such order yet, and the payment has not waited long enough for it, nothing is decided.

        Raises:
            CallError: no answer, or one that makes no sense.
        """
        left = int(self._payment_waits.total_seconds()) - payment.waited_seconds
        return await self._decide_once(payment.request, partial(self._forward, may_wait=max(left, 0)))

    @activity.defn
    async def look_up_payment(self, request: PaymentRequest) -> ForwardedPayment:
        """Look at the order, open or closed, and return who has a payment that was forwarded to it.

        Raises:
            CallError: no answer.
        """
        return await self._decide_once(request, self._look_up)

    async def _decide_once(
        self, request: PaymentRequest, ask: Callable[[OrdersClient, PaymentRequest], Awaitable[ForwardedPayment]]
    ) -> ForwardedPayment:
        """Return who has the payment; a decision in the store stands.

        A payment that was applied goes back only if its order was terminated before the goods left, or has ended
        without it.
        """
        item_id = payment_workflow_id(request.payment_id)
        known = await self._items.find(item_id)
        before = ForwardedPayment.model_validate(known.state) if known and known.status != CLAIMED else None
        if before is not None and known is not None and known.finished:
            return before
        orders = OrdersClient(activity.client(), task_queue=activity.info().task_queue)
        forwarded = await ask(orders, request)
        if before is not None and (forwarded.status is not None or forwarded.customer is None):
            return before
        if forwarded.status in UNDECIDED or forwarded.wait_seconds:
            return forwarded
        applied = forwarded.status == CaptureStatus.APPLIED
        record = ItemRecord(
            sequence=1 + (known.sequence if known else 0),
            status=PaymentOutcome.APPLIED if applied else PaymentOutcome.REFUNDED,
            finished=not applied,
            chain=activity.info().workflow_run_id or "",
            request_hash=hash_of(request),
            state=forwarded.model_dump(mode="json"),
        )
        stands = await self._items.save(item_id, record)
        if stands.status == CLAIMED:
            raise NoAnswerError(
                f"order {request.order_id} has just found payment {request.payment_id}: it is asked again"
            )
        return ForwardedPayment.model_validate(stands.state)

    async def _forward(self, orders: OrdersClient, request: PaymentRequest, *, may_wait: int) -> ForwardedPayment:
        payment = TakePayment(**request.model_dump(include=set(TakePayment.model_fields)))
        try:
            taken = await orders.take_payment(request.order_id, payment)
            # For a known update ID the server repeats the first answer, even if the order has ended since.
            if await orders.execution_status(request.order_id) in OPEN:
                return ForwardedPayment(
                    status=taken.status, reason=taken.reason, refund_reference=taken.refund_reference
                )
        except (ClosedError, NotFoundError):
            pass
        return await self._look_up(orders, request, may_wait=may_wait)

    async def _look_up(self, orders: OrdersClient, request: PaymentRequest, *, may_wait: int = 0) -> ForwardedPayment:
        unknown = ""
        try:
            # Before the query: an order that ends after this has decided by then what becomes of the payment.
            status = await orders.execution_status(request.order_id)
        except NotFoundError as error:
            status, unknown = None, str(error)
        if status not in OPEN:
            record = await self._items.find(workflow_id(request.order_id))
            if record is not None and record.finished:
                return _found(OrderView.model_validate(record.state), request, is_open=False)
        if status is None:
            return _unwanted(request, unknown, may_wait)
        # With invalid input it answers nothing; the shop may correct that, and start it again.
        if status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED:
            return _unwanted(request, f"order {request.order_id} could not be read", may_wait)
        order = await orders.get_order_at_end(request.order_id)
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


def _unwanted(request: PaymentRequest, reason: str, may_wait: int) -> ForwardedPayment:
    return ForwardedPayment(status=None, reason=reason, owed=_owed(None, request.amount), wait_seconds=may_wait)


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
        delivered = order.status == OrderStatus.DELIVERED  # of services there is no parcel
        return is_open or delivered or any(parcel.status in WITH_CUSTOMER for parcel in order.parcels)
    return payment.status == CaptureStatus.RETURNED or (is_open and payment.status != CaptureStatus.REJECTED_BY_LEDGER)


def _why_closed(order: OrderView, *, is_open: bool) -> str:
    if order.status in ENDED:
        how = f"is {order.status.lower()}"
    else:
        how = "is being closed" if is_open else "is not worked on any more"
    return f"order {order.request.order_id} {how}"
