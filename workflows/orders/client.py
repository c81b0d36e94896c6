"""Typed calls to orders: the only place that knows their IDs and handler names."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows.orders.late_payments import LateKind, came_late
from workflows.orders.late_refunds.after_the_end import payment_status_after
from workflows.orders.late_refunds.models import RefundRequest, RefundResult, RefundView, WantedRefund
from workflows.orders.models import (
    ENDED,
    CancelOrder,
    CapturedPayment,
    CarrierReport,
    ChangeAddress,
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderRequest,
    OrderStatus,
    PaymentConfirmation,
    ResolveStep,
    Signal,
)
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentRequest, PaymentResult, TakePayment
from workflows.orders.payments.preview_models import PaymentPreview
from workflows.orders.payments.refund_models import (
    DecideRefund,
    LinesToRefund,
    RefundAmount,
    RefundLines,
    RefundPreview,
)
from workflows.orders.signal_outcome import SignalOutcome, outcome_of
from workflows.orders.starts import was_rejected_at_start
from workflows.orders.views.models import (
    DeliveryEstimate,
    LatePayment,
    LateRefund,
    OrderStatusAnswer,
    OrderView,
    PaymentView,
)
from workflows.orders.views.refusals import rejection_words, why_not_start, words_of_the_end
from workflows.orders.views.wording import ordered
from workflows.runtime.backoff import Backoff
from workflows.shared.actions import Viewer
from workflows.shared.client import CALL_TIMEOUT, ViewT, WorkflowClient
from workflows.shared.errors import AlreadyExistsError, CallError, ClosedError, NoAnswerError, RefusedError
from workflows.shared.fields import Payload
from workflows.shared.money import format_money
from workflows.shared.refusals import INVALID_REQUEST
from workflows.shared.snapshot import Snapshot
from workflows.shared.summary import memo_of

ResultT = TypeVar("ResultT")

TASK_QUEUE = "order-processing-queue"
WORKFLOW_TYPE = "OrderWorkflow"
ID_PREFIX = "order-"
PAYMENT_WORKFLOW_TYPE = "PaymentWorkflow"
PAYMENT_ID_PREFIX = "payment-"
REJECTED = "Rejected"
"""Type of the refusal of an order that was rejected when it began."""
REFUND_WORKFLOW_TYPE = "RefundWorkflow"
REFUND_ID_PREFIX = "refund-"

LATE_KINDS = (
    LateKind(PAYMENT_WORKFLOW_TYPE, PAYMENT_ID_PREFIX, LatePayment, "payment_id"),
    LateKind(REFUND_WORKFLOW_TYPE, REFUND_ID_PREFIX, LateRefund, "refund_id"),
)
"""What runs about an order after its end."""

DECISION_TIMEOUT = timedelta(seconds=10)
"""For the inventory's decision, which usually takes some 50 ms."""
RECEIPT_TIMEOUT = timedelta(seconds=10)
"""For the receipt of a signal. The first answer has it, unless the order has just begun."""

POLL_INTERVAL = 0.03
"""In seconds."""


def workflow_id(order_id: str) -> str:
    """Return the workflow ID of an order."""
    return f"{ID_PREFIX}{order_id}"


def payment_workflow_id(payment_id: str) -> str:
    """Return the workflow ID of a payment."""
    return f"{PAYMENT_ID_PREFIX}{payment_id}"


def refund_workflow_id(refund_id: str) -> str:
    """Return the workflow ID of a refund after delivery."""
    return f"{REFUND_ID_PREFIX}{refund_id}"


def new_order_id(now: datetime) -> str:
    """Return an order ID made from the time, such as ``ORD-20250131-143022``."""
    return f"ORD-{now:%Y%m%d-%H%M%S}"


class OrdersClient(WorkflowClient):
    """Starts orders, and sends them signals, updates and queries.

    Calls about one order raise ``CallError``: there is no such order, it is closed, or no answer came. Updates that the
    order refuses raise ``RefusedError`` with the reason.
    """

    workflow_type = WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "order"
    id_prefix = ID_PREFIX

    async def start(self, request: OrderRequest) -> str:
        """Start an order, wait until it has its stock, and return its workflow ID.

        Raises:
            AlreadyExistsError: an order with that ID exists, open or closed.
            RefusedError: nothing was started (``InvalidRequest``), it was rejected at once (``Rejected``), or it had
                ended long ago (``AlreadyDone``). The ID of an order that was rejected as it began may be used again.
            NoAnswerError: it was started, and nobody said in time what becomes of it.
            CallError: no answer.
        """
        started = await self.begin(request)
        order = await self.wait_decided(request.order_id)
        if order.status == OrderStatus.REJECTED:
            raise RefusedError(rejection_words(order), kind=REJECTED)
        if order.status in ENDED:
            with suppress(NoAnswerError), self._clear_errors(started):  # it may still tell the customer
                await self._handle(started).result(rpc_timeout=CALL_TIMEOUT)
        return started

    async def begin(self, request: OrderRequest) -> str:
        """Start an order without waiting for its first answer. Raises as :meth:`start`, if nothing was started."""
        if (why_not := why_not_start(request)) is not None:
            raise RefusedError(why_not, kind=INVALID_REQUEST)
        memo = memo_of(request.customer.name, request.currency, ordered(request))
        id_ = workflow_id(request.order_id)
        try:
            await self._start(id_, request, memo=memo)
        except AlreadyExistsError:
            if not await self._corrects_rejected(request):
                raise
            with self._clear_errors(id_):  # it may still tell the customer
                await self._handle(id_).result(rpc_timeout=CALL_TIMEOUT)
            await self._start(id_, request, memo=memo, reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        return id_

    async def _corrects_rejected(self, request: OrderRequest) -> bool:
        try:
            return was_rejected_at_start(await self.get_order_at_end(request.order_id), request)
        except CallError:
            return False

    async def confirm_payment(self, order_id: str, payment: PaymentConfirmation) -> SignalOutcome:
        """Tell the order that a payment was captured for it, and return what it did.

        If the order has ended, the payment intake gets the payment, so that the money has an owner.

        Raises:
            NoAnswerError: the order, or the payment intake, takes longer; it goes on.
            CallError: there is no such order, or no answer; gateways start a ``PaymentWorkflow`` then.
        """
        try:
            return await self._tell(order_id, "confirm_payment", payment)
        except ClosedError:
            return await self._take_late(order_id, payment)

    async def _take_late(self, order_id: str, payment: PaymentConfirmation) -> SignalOutcome:
        fields = payment.model_dump(exclude={"signal_id"}) | {"order_id": order_id}
        result = await self._run_once(
            PAYMENT_WORKFLOW_TYPE,
            payment_workflow_id(payment.payment_id),
            PaymentRequest.model_validate(fields),
            PaymentResult,
            nobody_waits=f"order {order_id} has ended; the payment intake has {payment.payment_id}, and goes on",
        )
        snapshot = await self.get_snapshot(workflow_id(order_id), OrderView)
        if result.outcome == PaymentOutcome.APPLIED:
            return SignalOutcome(snapshot, None, f"payment {payment.payment_id} had come before; nothing changed")
        money = format_money(payment.amount, payment.currency)
        back = f"the payment intake has sent {money} back to {payment.payment_id}"
        how = f"is {snapshot.view.status.lower()}" if snapshot.view.status in ENDED else "does not run any more"
        return SignalOutcome(snapshot, f"the order {how}; {back}")

    async def cancel_order(self, order_id: str, cancel: CancelOrder) -> SignalOutcome:
        """Ask the order to cancel, and return what it did.

        An order that must ask the warehouse first accepts the signal, and is ``cancel_pending`` until that answers.
        """
        return await self._tell(order_id, "cancel_order", cancel)

    async def report_shipment(self, order_id: str, report: CarrierReport) -> SignalOutcome:
        """Report what happened to the order's parcels, as a carrier does, and return what the order did."""
        return await self._tell(order_id, "report_shipment", report)

    async def post(self, order_id: str, name: str, signal: Signal) -> None:
        """Have a signal recorded, and do not wait for what the order does: its receipt says so later."""
        async with self._saying_how_it_ended(order_id):
            await self._signal(workflow_id(order_id), name, signal)

    async def change_address(self, order_id: str, change: ChangeAddress, *, update_id: str | None = None) -> OrderView:
        """Send what has not left to another address, and return the order."""
        return await self._change(order_id, "change_address", change, update_id)

    async def extend_payment_window(
        self, order_id: str, extension: ExtendPaymentWindow, *, update_id: str | None = None
    ) -> OrderView:
        """Give the customer more time to pay, and return the order."""
        return await self._change(order_id, "extend_payment_window", extension, update_id)

    async def decide_payment(self, order_id: str, decide: DecidePayment, *, update_id: str | None = None) -> OrderView:
        """Accept or refund a parked payment, and return the order."""
        return await self._change(order_id, "decide_payment", decide, update_id)

    async def decide_shortage(
        self, order_id: str, decide: DecideShortage, *, update_id: str | None = None
    ) -> OrderView:
        """Decide what becomes of the pieces that are not in stock, and return the order."""
        return await self._change(order_id, "decide_shortage", decide, update_id)

    async def resolve_step(self, order_id: str, resolve: ResolveStep, *, update_id: str | None = None) -> OrderView:
        """Retry, skip or resolve a stuck step, and return the order."""
        return await self._change(order_id, "resolve_step", resolve, update_id)

    async def refund_lines(self, order_id: str, refund: RefundLines, *, update_id: str | None = None) -> OrderView:
        """Refund lines, and return the order, which is ``REFUND_PENDING`` until the provider answers."""
        return await self._change(order_id, "refund_lines", refund, update_id)

    async def refund_amount(self, order_id: str, refund: RefundAmount, *, update_id: str | None = None) -> OrderView:
        """Refund an amount, and return the order, which is ``REFUND_PENDING`` until the provider answers."""
        return await self._change(order_id, "refund_amount", refund, update_id)

    async def decide_refund(self, order_id: str, decide: DecideRefund, *, update_id: str | None = None) -> OrderView:
        """Decide about a refund that waits for a second person, and return the order."""
        return await self._change(order_id, "decide_refund", decide, update_id)

    async def take_payment(self, order_id: str, payment: TakePayment) -> PaymentView:
        """Forward a payment to the order, as the payment intake does, and return what becomes of it."""
        return await self._update(
            workflow_id(order_id), "take_payment", payment, PaymentView, update_id=payment.payment_id
        )

    async def preview_refund(self, order_id: str, lines: LinesToRefund) -> RefundPreview:
        """Return what refunding these lines would do."""
        return await self._query(workflow_id(order_id), "preview_refund", RefundPreview, lines)

    async def preview_payment(self, order_id: str, payment: CapturedPayment) -> PaymentPreview:
        """Return what a payment would do if it came now."""
        return await self._query(workflow_id(order_id), "preview_payment", PaymentPreview, payment)

    async def get_status(self, order_id: str) -> OrderStatusAnswer:
        """Return the order's status in short, with what has gone back since its end."""
        answer = await self._query(workflow_id(order_id), "get_status", OrderStatusAnswer)
        if answer.status == OrderStatus.DELIVERED:
            answer.payment_status = (await self.get_order(order_id)).payment_status
        return answer

    async def get_delivery_estimate(self, order_id: str) -> DeliveryEstimate:
        """Return when the order should arrive."""
        return await self._query(workflow_id(order_id), "get_delivery_estimate", DeliveryEstimate)

    async def execution_status(self, order_id: str) -> WorkflowExecutionStatus.ValueType:
        """Return whether the order's workflow runs, or how it closed."""
        return await self._execution_status(workflow_id(order_id))

    async def get_order(self, order_id: str) -> OrderView:
        """Return everything about the order, with what has come and gone back since its end."""
        order = await self.get_order_at_end(order_id)
        await self._add_late(order)
        return order

    async def get_order_at_end(self, order_id: str) -> OrderView:
        """Return everything about the order as its own workflow knows it, which is as at its end."""
        return await self._query(workflow_id(order_id), "get_order", OrderView)

    async def _add_late(self, order: OrderView) -> None:
        order.late_payments, order.late_refunds = await self.get_late(order)
        order.payment_status = payment_status_after(order, order.late_refunds)

    async def get_late(self, order: OrderView) -> tuple[list[LatePayment], list[LateRefund]]:
        """Return the payments and refunds that came after the order's end, by one List call; none before it."""
        if order.status not in ENDED:
            return [], []
        with self._clear_errors(workflow_id(order.request.order_id)):
            late = await came_late(self._client, order.request.order_id, order.stage_since, *LATE_KINDS)
        payments = [each for each in late if isinstance(each, LatePayment)]
        return payments, [each for each in late if isinstance(each, LateRefund)]

    async def refund_delivered(
        self, order_id: str, wanted: WantedRefund, *, refund_id: str | None = None
    ) -> RefundResult:
        """Refund a delivered order, by a workflow of its own, and return what went back.

        Raises:
            RefusedError: it is not possible; nothing was moved.
            NoAnswerError: it takes longer; it goes on, and a repeat with the same ID finds it.
            CallError: no answer.
        """
        fields = wanted.model_dump() | {"refund_id": refund_id or uuid.uuid4().hex, "order_id": order_id}
        request = RefundRequest.model_validate(fields)
        id_ = refund_workflow_id(request.refund_id)
        nobody_waits = f"refund {request.refund_id} has not ended yet; it goes on"
        return await self._run_once(REFUND_WORKFLOW_TYPE, id_, request, RefundResult, nobody_waits=nobody_waits)

    async def _run_once(
        self, workflow_type: str, id_: str, request: Payload, result: type[ResultT], *, nobody_waits: str
    ) -> ResultT:
        """Start a workflow that the order's end calls for, or find it, and return its result."""
        with self._clear_errors(id_):
            with suppress(WorkflowAlreadyStartedError):
                await self._client.start_workflow(
                    workflow_type,
                    request,
                    id=id_,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    rpc_timeout=CALL_TIMEOUT,
                )
            handle = self._client.get_workflow_handle(id_, result_type=result)
            try:
                async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                    answer: ResultT = await handle.result()
                    return answer
            except TimeoutError as error:
                raise NoAnswerError(nobody_waits) from error

    async def get_refund(self, refund_id: str) -> RefundView:
        """Return everything about a refund after delivery."""
        return await self._query(refund_workflow_id(refund_id), "get_refund", RefundView)

    async def get_snapshot(
        self, workflow_id: str, view: type[ViewT], viewer: Viewer | None = None, *, run_id: str | None = None
    ) -> Snapshot[ViewT]:
        """Return view, actions and row together, for people: the view has what came after the end, too."""
        snapshot = await super().get_snapshot(workflow_id, view, viewer, run_id=run_id)
        if isinstance(snapshot.view, OrderView):
            await self._add_late(snapshot.view)
        return snapshot

    async def wait_decided(self, order_id: str, within: timedelta = DECISION_TIMEOUT) -> OrderView:
        """Wait until the order has its stock or was rejected, and return it.

        Raises:
            NoAnswerError: the inventory or the worker takes longer; the order goes on.
        """
        try:
            async with asyncio.timeout(within.total_seconds()):
                while True:
                    with suppress(NoAnswerError):  # no worker has seen the order yet
                        order = await self.get_order_at_end(order_id)
                        if order.status != OrderStatus.CREATED:
                            return order
                    await asyncio.sleep(POLL_INTERVAL)
        except TimeoutError as error:
            raise NoAnswerError(
                f"order {order_id} is started, but its stock is not reserved after {within.seconds} s;"
                " it goes on as soon as a worker and the inventory answer"
            ) from error

    async def _change(self, order_id: str, name: str, payload: Payload, update_id: str | None) -> OrderView:
        async with self._saying_how_it_ended(order_id):
            return await self._update(workflow_id(order_id), name, payload, OrderView, update_id=update_id)

    @asynccontextmanager
    async def _saying_how_it_ended(self, order_id: str) -> AsyncIterator[None]:
        try:
            yield
        except ClosedError as error:
            try:
                order = await self.get_order_at_end(order_id)
            except CallError:
                raise error from None
            raise ClosedError(f"{error}: {words_of_the_end(order)}") from error

    async def _tell(self, order_id: str, name: str, signal: Signal) -> SignalOutcome:
        signal_id = signal.signal_id or uuid.uuid4().hex
        await self.post(order_id, name, signal.model_copy(update={"signal_id": signal_id}))
        pause = Backoff(first=0.05, most=1)
        try:
            async with asyncio.timeout(RECEIPT_TIMEOUT.total_seconds()):
                while True:
                    snapshot = await super().get_snapshot(workflow_id(order_id), OrderView)
                    if outcome := outcome_of(snapshot, signal_id):
                        return outcome
                    await asyncio.sleep(pause.pause(ran_for=0))
        except TimeoutError as error:
            raise NoAnswerError(
                f"order {order_id} has not acted on {name} within {RECEIPT_TIMEOUT.seconds} s;"
                " it is recorded and takes effect as soon as the order can act"
            ) from error
