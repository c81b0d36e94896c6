"""The payment intake: one workflow for each payment, which ends when the money has an owner."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.orders import access
    from workflows.orders.activity_models import SendEmail, SendEmails
    from workflows.orders.client import PAYMENT_WORKFLOW_TYPE, payment_workflow_id
    from workflows.orders.customer.email_sender import deliver
    from workflows.orders.customer.emails import returned_key, write_returned_email
    from workflows.orders.models import channel_of
    from workflows.orders.payment_intake.activities import PaymentIntakeActivities
    from workflows.orders.payment_intake.models import (
        ForwardedPayment,
        ForwardPayment,
        PaymentDecided,
        PaymentIntakeView,
        PaymentRequest,
        PaymentResult,
        PaymentStage,
    )
    from workflows.orders.payment_intake.progress import PaymentProgress
    from workflows.orders.payments.booking import PaymentBooking
    from workflows.orders.payments.records import Payment
    from workflows.orders.steps.retrying import pauses, retry_until_done, round_of
    from workflows.orders.steps.side_workflow import SideWorkflow
    from workflows.orders.steps.stuck import StepKind, StepRef
    from workflows.orders.steps.tasks import run_to_end, wait_until
    from workflows.orders.views.models import CaptureStatus
    from workflows.orders.views.publishing import RowPublisher
    from workflows.orders.views.refusals import PAYMENT_CONFLICT
    from workflows.orders.views.wording import duration
    from workflows.shared.items import why_not_this_id
    from workflows.shared.refusals import refuse
    from workflows.shared.signals import signal
    from workflows.shared.visibility import ask_search_attributes_registered

MIN_POLL_INTERVAL = timedelta(seconds=10)
MAX_POLL_INTERVAL = timedelta(hours=6)
"""The intake also polls the order, since a terminated one sends no signal; the intervals double from one to the other,
so three months of waiting fit a history many times."""

StepT = TypeVar("StepT")

EARLY_INTERVALS = timedelta(seconds=1), timedelta(minutes=1)
"""The same while its order is not there yet."""

WAITING = {CaptureStatus.PARKED: PaymentStage.PARKED, CaptureStatus.RETURNING: PaymentStage.REFUNDING}


@workflow.defn(name=PAYMENT_WORKFLOW_TYPE)
class PaymentWorkflow(SideWorkflow[PaymentProgress, PaymentIntakeView]):
    """One payment that a gateway captured: it pays its order, or all of it goes back.

    The capture is recorded in the ledger first. While the order has the payment, only the order decides and sends it
    back. If nobody takes it, this workflow sends it back, under the key that the order would have used.
    """

    ACCESS = access.PAYMENT

    @workflow.init
    def __init__(self, request: PaymentRequest) -> None:
        refuse(why_not_this_id(workflow.info().workflow_id, payment_workflow_id(request.payment_id)))
        self._request = request
        self._progress = PaymentProgress(request, clock=workflow.now)
        self._row = RowPublisher(self._progress.summary, self._progress)
        self._booking = PaymentBooking(self._progress, request.order_id, rejected=self._rejected)
        self._woken = False

    @workflow.run
    async def run(self, request: PaymentRequest) -> PaymentResult:  # noqa: ARG002 - __init__ has it
        """Find the money its owner. Cancelling the workflow changes nothing: the money is there already."""
        return await run_to_end(
            self._live(), lambda: self._progress.note("not cancelled: the money is there, and needs an owner")
        )

    @signal
    def payment_decided(self, decided: PaymentDecided) -> None:  # noqa: ARG002 - the order itself is asked
        """Look at the order again, since it has decided."""
        self._woken = True
        self._progress.settle_refusals("payment_decided")

    @workflow.query
    def get_payment(self) -> PaymentIntakeView:
        """Return everything about the payment."""
        return self._progress.view()

    async def _live(self) -> PaymentResult:
        self._row.begin(registered=await ask_search_attributes_registered())
        await self._find_owner()
        self._row.publish()
        return self._progress.result()

    async def _find_owner(self) -> None:
        await self._booking.record(self._progress.payment)
        forwarded = await self._forward()
        intervals = pauses(MIN_POLL_INTERVAL, MAX_POLL_INTERVAL)
        while forwarded.status in WAITING:
            stage = WAITING[forwarded.status]
            if stage != self._progress.stage:
                self._progress.enter(stage, f"{stage.lower()}: {forwarded.reason}", forwarded.reason)
            await wait_until(lambda: self._woken, next(intervals), "until the order decides")
            self._woken = False
            forwarded = await self._ask_order(PaymentIntakeActivities.look_up_payment, self._request, "looking at")
        if forwarded.status == CaptureStatus.APPLIED:
            self._progress.enter(PaymentStage.APPLIED, f"pays order {self._request.order_id}")
        elif forwarded.status == CaptureStatus.RETURNED:
            self._progress.end_refunded(forwarded.refund_reference, forwarded.reason)
        else:
            await self._give_back(forwarded)

    async def _forward(self) -> ForwardedPayment:
        """Forward it; if there is no such order yet, look again for a while, since orders may come later."""
        progress, begun = self._progress, workflow.now()
        intervals = pauses(*EARLY_INTERVALS)
        while True:
            waited = round((workflow.now() - begun).total_seconds())
            step = ForwardPayment(request=self._request, waited_seconds=waited)
            forwarded = await self._ask_order(PaymentIntakeActivities.forward_payment, step, "forwarding it to")
            if not forwarded.wait_seconds:
                return forwarded
            left = timedelta(seconds=forwarded.wait_seconds)
            if progress.stage != PaymentStage.AWAITING_ORDER:
                progress.due_at = workflow.now() + left
                reason = f"{forwarded.reason}; it may come within {duration(left)}"
                progress.enter(PaymentStage.AWAITING_ORDER, f"waits for its order: {reason}", reason)
            await wait_until(lambda: self._woken, min(next(intervals), left), "until its order is there")
            self._woken = False

    def _rejected(self, payment: Payment, why: str) -> None:  # noqa: ARG002 - there is only one
        raise ApplicationError(f"{why}; nothing was moved", type=PAYMENT_CONFLICT, non_retryable=True)

    async def _ask_order(
        self, activity: Callable[[PaymentIntakeActivities, StepT], Awaitable[ForwardedPayment]], step: StepT, name: str
    ) -> ForwardedPayment:
        return await retry_until_done(
            self._progress.stuck,
            StepRef(StepKind.ASK_ORDER, f"{name} order {self._request.order_id}"),
            round_of(activity, step),
        )

    async def _give_back(self, forwarded: ForwardedPayment) -> None:
        self._progress.enter(PaymentStage.REFUNDING, f"goes back: {forwarded.reason}", forwarded.reason)
        payment = self._progress.payment
        for part in forwarded.owed:
            self._booking.pay_back(payment, payment.owe(part.part, part.amount))
        await self._booking.jobs.finish()
        self._progress.end_refunded(payment.refund_reference, forwarded.reason)
        await self._tell_customer(forwarded)

    async def _tell_customer(self, forwarded: ForwardedPayment) -> None:
        request, customer = self._request, forwarded.customer
        to = customer.address if customer else request.address
        if to is None:
            self._progress.note("nobody to tell: neither an order nor the gateway names an address")
            return
        name = customer.name if customer else None
        text = write_returned_email(request.order_id, name, self._progress.payment.money, forwarded.reason)
        key = returned_key(request.payment_id)
        email = SendEmail(message_key=key, to=to, subject=text.subject, body=text.body)
        failure, _ = await deliver(SendEmails(emails=[email]), "returned")
        channel = channel_of(to)
        self._progress.note(f"{channel}: returned" if failure is None else f"{channel} not sent: {failure}")
