"""Records captures in the ledger and sends refunds: for orders and for payment intake, under the same keys."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import RecordCapture, RecordManualRefund, RefundAnswer, SendRefund
from workflows.orders.payments.records import Payment, PendingRefund, refund_key
from workflows.orders.steps.retrying import ROUND, retry_until_done, run_step
from workflows.orders.steps.stuck import StepKind, StepRef, StuckSteps
from workflows.orders.steps.tasks import Background
from workflows.orders.views.models import LedgerEntry


class Books(Protocol):
    """The state of the workflow that books."""

    stuck: StuckSteps

    @property
    def now(self) -> datetime:
        """The time."""

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Add an entry of the ledger."""

    def note(self, text: str) -> None:
        """Add a line to the timeline."""


class PaymentBooking:
    """Books payments in the background, one job for each, so that a stuck one does not hold up the others.

    ``returned`` is called with a payment as soon as all of it has gone back, ``rejected`` with one that the ledger
    does not book as this order's, and the reason.
    """

    def __init__(
        self,
        books: Books,
        order_id: str,
        *,
        returned: Callable[[Payment], None] = lambda _: None,
        rejected: Callable[[Payment, str], None],
    ) -> None:
        self._books = books
        self._order_id = order_id
        self._returned = returned
        self._rejected = rejected
        self.jobs = Background()

    def take(self, payment: Payment) -> None:
        """Begin to record a capture, then to send the refunds that are decided already."""
        self._start(payment, list(payment.refunds))

    def pay_back(self, payment: Payment, refund: PendingRefund) -> None:
        """Begin to send back a part of a payment that has just been decided."""
        self._start(payment, [refund])

    async def refund(self, payments: Sequence[Payment]) -> None:
        """Run one round of recording and refunding what is owed of these payments.

        Raises:
            ActivityError: it failed for at least one of them; call it again later.
        """
        failures = [await self._refund_once(payment) for payment in payments]
        for failure in failures:
            if failure is not None:
                raise failure

    async def record(self, payment: Payment) -> None:
        """Record a capture, retrying until the ledger has answered."""
        await retry_until_done(
            self._books.stuck, _record_ref(payment), partial(self._record, payment), woken=payment.booked
        )

    def _start(self, payment: Payment, refunds: Sequence[PendingRefund]) -> None:
        self.jobs.start(self._settle(payment, refunds))

    async def _settle(self, payment: Payment, refunds: Sequence[PendingRefund]) -> None:
        await self.record(payment)
        for refund in refunds:
            await retry_until_done(
                self._books.stuck,
                _refund_ref(payment, refund),
                partial(self._send, payment, refund),
                woken=refund.sent,
            )

    async def _refund_once(self, payment: Payment) -> ActivityError | None:
        """Return the latest failure; a part that cannot be sent does not hold up the others."""
        failure: ActivityError | None = None
        try:
            await run_step(self._books.stuck, _record_ref(payment), partial(self._record, payment))
        except ActivityError as error:
            return error
        for refund in payment.refunds:
            try:
                await run_step(self._books.stuck, _refund_ref(payment, refund), partial(self._send, payment, refund))
            except ActivityError as error:
                failure = error
        return failure

    async def _record(self, payment: Payment) -> None:
        if payment.booked():
            return
        answer = await workflow.execute_activity_method(
            OrderActivities.record_capture,
            RecordCapture(
                payment_id=payment.payment_id,
                order_id=self._order_id,
                amount=payment.confirmation.amount,
                currency=payment.confirmation.currency,
            ),
            summary=f"{payment.money} from {payment.payment_id}",
            **ROUND,
        )
        if payment.booked():  # meanwhile, by the other one of a background job and the end of the order
            return
        if answer.reference is None:
            payment.rejected_by_ledger = True
            self._rejected(payment, answer.refusal or "")
            return
        payment.capture = self._entry("capture", payment, payment.confirmation.amount, answer.reference)
        self._books.book(payment.capture, f"recorded {payment.money} from {payment.payment_id}")

    async def _send(self, payment: Payment, refund: PendingRefund) -> None:
        if payment.rejected_by_ledger or refund.sent():
            return
        money = payment.words(refund.amount)
        by_hand = self._books.stuck.reference(_refund_ref(payment, refund))
        answer = await self._ask_for_refund(payment, refund, by_hand)
        if refund.sent():  # meanwhile, as above
            return
        refund.entry = self._entry("refund", payment, refund.amount, answer.reference)
        self._books.book(refund.entry, f"refunded {money} to {payment.payment_id}")
        if by_hand is not None and not answer.reference.startswith(by_hand):
            self._books.note(f"refund of {money} to {payment.payment_id} had been sent before, as {answer.reference}")
        if payment.returned:
            self._returned(payment)

    async def _ask_for_refund(self, payment: Payment, refund: PendingRefund, by_hand: str | None) -> RefundAnswer:
        step = SendRefund(
            refund_key=refund_key(self._order_id, payment.payment_id, refund.part),
            payment_id=payment.payment_id,
            order_id=self._order_id,
            amount=refund.amount,
            currency=payment.confirmation.currency,
        )
        summary = f"{payment.words(refund.amount)} to {payment.payment_id}"
        if by_hand is None:
            return await workflow.execute_activity_method(OrderActivities.send_refund, step, summary=summary, **ROUND)
        manual = RecordManualRefund(**step.model_dump(), reference=by_hand)
        return await workflow.execute_activity_method(
            OrderActivities.record_manual_refund, manual, summary=summary, **ROUND
        )

    def _entry(self, kind: Literal["capture", "refund"], payment: Payment, amount: int, reference: str) -> LedgerEntry:
        return LedgerEntry(
            kind=kind,
            payment_id=payment.payment_id,
            amount=amount,
            currency=payment.confirmation.currency,
            at=self._books.now,
            reference=reference,
        )


def _record_ref(payment: Payment) -> StepRef:
    return StepRef(StepKind.RECORD, f"recording {payment.money} from {payment.payment_id}", key=payment.payment_id)


def _refund_ref(payment: Payment, refund: PendingRefund) -> StepRef:
    key = f"{payment.payment_id}/{refund.part}" if refund.part else payment.payment_id
    return StepRef(StepKind.REFUND, f"refund of {payment.words(refund.amount)} to {payment.payment_id}", key=key)
