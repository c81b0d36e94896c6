"""The front door of payments: one workflow for each payment, which ends when the money has an owner."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    import email_validator  # noqa: F401 - pydantic imports it when it meets the first e-mail address

    from workflows.orders.activities import OrderActivities
    from workflows.orders.activity_models import RecordCapture, SendEmail
    from workflows.orders.client import PAYMENT_WORKFLOW_TYPE
    from workflows.orders.customer.email_sender import KEEP_TRYING
    from workflows.orders.customer.emails import returned_key, write_returned_email
    from workflows.orders.models import ResolveStep
    from workflows.orders.payment_intake.activities import hand_over_payment, look_at_payment
    from workflows.orders.payment_intake.models import (
        ForwardedPayment,
        PaymentDecided,
        PaymentIntakeView,
        PaymentOwner,
        PaymentRequest,
        PaymentResult,
        PaymentStage,
    )
    from workflows.orders.payment_intake.progress import PaymentProgress
    from workflows.orders.payment_intake.refunds import PaymentRefunds
    from workflows.orders.payment_intake.steps import until_done
    from workflows.orders.steps.refusals import PAYMENT_CONFLICT, refuse_input, refuse_now
    from workflows.orders.steps.retrying import ROUND, failure_text, wait_until
    from workflows.orders.steps.rules import what_is_missing, why_no_resolution
    from workflows.orders.steps.stuck import StepKind, StepRef
    from workflows.orders.views.attention import Attention
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.inputs import SingleInputStart
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary, SummaryPublisher

FIRST_LOOK = timedelta(seconds=10)
LONGEST_BETWEEN_LOOKS = timedelta(hours=6)
"""An order says by a signal what it decided; one that somebody terminated says nothing, so the door looks as well. The
pauses double up to this: three months of waiting fit a history many times."""

WAITING = {PaymentOwner.PARKED: PaymentStage.PARKED, PaymentOwner.RETURNING: PaymentStage.REFUNDING}


@workflow.defn(name=PAYMENT_WORKFLOW_TYPE)
class PaymentWorkflow(SingleInputStart):
    """One payment that a gateway captured: it pays its order, or all of it goes back.

    The ledger has it before anybody else. While the order has it, the order alone decides and sends it back; where
    nobody takes it, this workflow sends it back, under the key that the order would have used.
    """

    @workflow.init
    def __init__(self, request: PaymentRequest) -> None:
        self._request = request
        self._publisher = SummaryPublisher()
        self._progress = PaymentProgress(request, clock=workflow.now, changed=self._publish)
        self._refunds = PaymentRefunds(self._progress)
        self._woken = False

    @workflow.run
    async def run(self, request: PaymentRequest) -> PaymentResult:  # noqa: ARG002 - __init__ has it
        """Find the money its owner. To cancel the workflow changes nothing: the money is there already."""
        life = asyncio.create_task(self._live())
        while True:
            try:
                return await asyncio.shield(life)
            except asyncio.CancelledError:
                if life.done():
                    raise
                self._progress.note("not cancelled: the money is there, and needs an owner")

    @workflow.signal
    def payment_decided(self, decided: PaymentDecided) -> None:  # noqa: ARG002 - the order itself is asked
        """Look at the order again: it says that it has decided."""
        self._woken = True

    @workflow.update
    def resolve_step(self, resolve: ResolveStep) -> PaymentIntakeView:
        """Retry a step that is stuck, or resolve a refund that somebody has made by another way."""
        self._progress.stuck.decide(resolve)
        return self._progress.view()

    @resolve_step.validator
    def _validate_resolve_step(self, resolve: ResolveStep) -> None:
        refuse_input(what_is_missing(resolve))
        refuse_now(why_no_resolution(self._progress.stuck, resolve))

    @workflow.query
    def get_payment(self) -> PaymentIntakeView:
        """Return everything about the payment."""
        return self._progress.view()

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:  # noqa: ARG002 - payments know no permissions
        """Return what may be done now, and what it would do."""
        return self._progress.actions

    @workflow.query
    def get_summary(self) -> Summary:
        """Return what a list row shows."""
        return self._progress.summary()

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[PaymentIntakeView]:
        """Return view, actions and list row together."""
        return Snapshot[PaymentIntakeView].take(self.get_payment(), self.get_actions(viewer), self.get_summary())

    def _publish(self) -> None:
        self._publisher.publish(self._progress.summary())

    async def _live(self) -> PaymentResult:
        self._publish()
        await self._publisher.open()
        await self._record()
        handed = await self._hand_over()
        pauses = _between_looks()
        while handed.where in WAITING:
            self._wait_as(handed)
            await wait_until(lambda: self._woken, next(pauses), "until the order decides")
            self._woken = False
            handed = await self._look()
        if handed.where == PaymentOwner.APPLIED:
            return self._progress.apply()
        if handed.where == PaymentOwner.RETURNED:
            return self._progress.refunded(handed.refund_reference, handed.reason)
        return await self._give_back(handed)

    async def _record(self) -> None:
        request = self._request
        step = RecordCapture(
            payment_id=request.payment_id, order_id=request.order_id, amount=request.amount, currency=request.currency
        )
        answer = await until_done(
            self._progress,
            StepRef(StepKind.RECORD, f"recording {self._progress.money}"),
            lambda: workflow.execute_activity_method(OrderActivities.record_capture, step, **ROUND),
            Attention.LEDGER_UNAVAILABLE,
        )
        if answer.reference is None:
            raise ApplicationError(f"{answer.refusal}; nothing was moved", type=PAYMENT_CONFLICT, non_retryable=True)
        self._progress.enter(PaymentStage.RECORDED, f"recorded {self._progress.money}")

    async def _hand_over(self) -> ForwardedPayment:
        return await until_done(
            self._progress,
            StepRef(StepKind.ASK_ORDER, f"handing it to order {self._request.order_id}"),
            lambda: workflow.execute_activity(hand_over_payment, self._request, **ROUND),
            Attention.ORDER_UNAVAILABLE,
        )

    async def _look(self) -> ForwardedPayment:
        return await until_done(
            self._progress,
            StepRef(StepKind.ASK_ORDER, f"looking at order {self._request.order_id}"),
            lambda: workflow.execute_activity(look_at_payment, self._request, **ROUND),
            Attention.ORDER_UNAVAILABLE,
        )

    def _wait_as(self, handed: ForwardedPayment) -> None:
        stage = WAITING[handed.where]
        if stage != self._progress.stage:
            self._progress.enter(stage, f"{stage.lower()}: {handed.reason}", handed.reason)

    async def _give_back(self, handed: ForwardedPayment) -> PaymentResult:
        self._progress.enter(PaymentStage.REFUNDING, f"goes back: {handed.reason}", handed.reason)
        reference = await self._refunds.send(handed.owed)
        result = self._progress.refunded(reference, handed.reason)
        await self._tell(handed)
        return result

    async def _tell(self, handed: ForwardedPayment) -> None:
        request = self._request
        to = handed.customer.email if handed.customer else request.customer_email
        if to is None:
            self._progress.note("nobody to tell: neither an order nor the gateway names an e-mail address")
            return
        name = handed.customer.name if handed.customer else None
        email = write_returned_email(request.order_id, name, self._progress.money, handed.reason)
        try:
            await workflow.execute_activity_method(
                OrderActivities.send_email,
                SendEmail(message_key=returned_key(request.payment_id), to=to, subject=email.subject, body=email.body),
                schedule_to_close_timeout=KEEP_TRYING,
                start_to_close_timeout=timedelta(minutes=1),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
            )
        except ActivityError as error:
            self._progress.note(f"e-mail not sent: {failure_text(error)}")
        else:
            self._progress.note("e-mail: the customer knows")


def _between_looks() -> Iterator[timedelta]:
    pause = FIRST_LOOK
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_BETWEEN_LOOKS)
