"""A refund or return after delivery: the order is closed, so the refund is a workflow of its own."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.orders import access
    from workflows.orders.activities import OrderActivities
    from workflows.orders.activity_models import ReleaseLines, SendEmail, SendEmails
    from workflows.orders.client import REFUND_WORKFLOW_TYPE, refund_workflow_id
    from workflows.orders.customer.email_sender import deliver
    from workflows.orders.customer.emails import write_late_refund_email
    from workflows.orders.goods.shipments import count
    from workflows.orders.late_refunds.activities import LateRefundActivities
    from workflows.orders.late_refunds.models import (
        RefundAnswer,
        RefundPlan,
        RefundRequest,
        RefundResult,
        RefundView,
        Restocked,
    )
    from workflows.orders.late_refunds.progress import RefundProgress
    from workflows.orders.models import CapturedPayment
    from workflows.orders.payments.booking import PaymentBooking
    from workflows.orders.payments.records import Payment, late_part
    from workflows.orders.payments.refund_models import PaymentPart
    from workflows.orders.steps.retrying import retry_until_done, retry_until_final, round_of
    from workflows.orders.steps.side_workflow import SideWorkflow
    from workflows.orders.steps.stuck import StepKind, StepRef
    from workflows.orders.steps.tasks import run_to_end
    from workflows.orders.views.publishing import RowPublisher
    from workflows.orders.views.refusals import NOT_NOW
    from workflows.orders.views.wording import pieces
    from workflows.shared.items import why_not_this_id
    from workflows.shared.keys import key_of
    from workflows.shared.refusals import refuse
    from workflows.shared.visibility import ask_search_attributes_registered


@workflow.defn(name=REFUND_WORKFLOW_TYPE)
class RefundWorkflow(SideWorkflow[RefundProgress, RefundView]):
    """One refund of a delivered order. It is decided once, with its money set aside in the ledger; then it is sent.

    A refund that is not possible fails with one line, and moves nothing.
    """

    ACCESS = access.LATE_REFUND

    @workflow.init
    def __init__(self, request: RefundRequest) -> None:
        refuse(why_not_this_id(workflow.info().workflow_id, refund_workflow_id(request.refund_id)))
        self._request = request
        self._progress = RefundProgress(request, clock=workflow.now)
        self._row = RowPublisher(self._progress.summary, self._progress)
        self._booking = PaymentBooking(self._progress, request.order_id, rejected=lambda _, __: None)

    @workflow.run
    async def run(self, request: RefundRequest) -> RefundResult:  # noqa: ARG002 - __init__ has it
        """Send the money back. Cancelling the workflow changes nothing: it is decided."""
        return await run_to_end(self._live(), lambda: self._progress.note("not cancelled: the refund is decided"))

    @workflow.query
    def get_refund(self) -> RefundView:
        """Return everything about the refund."""
        return self._progress.view()

    async def _live(self) -> RefundResult:
        self._row.begin(registered=await ask_search_attributes_registered())
        answer = await retry_until_done(
            self._progress.stuck,
            StepRef(StepKind.ASK_LEDGER, f"asking the ledger what is left of order {self._request.order_id}"),
            round_of(LateRefundActivities.decide_late_refund, self._request),
        )
        if answer.plan is None:
            raise ApplicationError(f"{answer.refusal}; nothing was moved", type=NOT_NOW, non_retryable=True)
        self._progress.begin(answer.plan)
        for part in answer.plan.parts:
            self._send(part, answer.plan)
        for restocked in answer.plan.restocked:
            self._booking.jobs.start(self._restock(restocked))
        await self._booking.jobs.finish()
        self._progress.end()
        await self._tell_customer(answer)
        self._row.publish()
        return self._progress.result(answer.plan)

    def _send(self, part: PaymentPart, plan: RefundPlan) -> None:
        payment = Payment(CapturedPayment(payment_id=part.payment_id, amount=part.amount, currency=plan.currency))
        payment.capture = payment.entry("capture", part.amount, self._progress.now, "")  # the ledger has it
        self._booking.pay_back(payment, payment.owe(late_part(plan.refund_id), part.amount))

    async def _restock(self, restocked: Restocked) -> None:
        key = key_of(restocked.reservation_id, late_part(self._request.refund_id))
        step = ReleaseLines(release_key=key, reservation_id=restocked.reservation_id, lines=restocked.lines)
        some = pieces(count(restocked.lines))
        ref = StepRef(StepKind.RELEASE, f"putting {some} back into stock", key=key)
        await retry_until_final(self._progress.stuck, ref, round_of(OrderActivities.release_lines, step))
        self._progress.note(f"back in stock: {some}")

    async def _tell_customer(self, answer: RefundAnswer) -> None:
        if answer.plan is None or answer.customer is None or not answer.plan.amount:
            return
        customer, request = answer.customer, self._request
        text = write_late_refund_email(request.order_id, customer.name, self._progress.money, answer.plan.words)
        key = key_of(request.order_id, f"late-refund-{request.refund_id}")
        email = SendEmail(message_key=key, to=customer.address, subject=text.subject, body=text.body)
        failure, _ = await deliver(SendEmails(emails=[email]), "refunded")
        channel = customer.channel
        self._progress.note(f"{channel}: refunded" if failure is None else f"{channel} not sent: {failure}")
