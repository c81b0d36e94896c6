"""Records captures in the ledger and sends refunds: for orders and for payment intake, under the same keys."""

from collections.abc import Callable, Sequence
from functools import partial

from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import CaptureAnswer, ManualRefund, RecordCapture
from workflows.orders.customer.enclosing import Enclosed
from workflows.orders.payments.records import Payment, PendingRefund, refund_key
from workflows.orders.ports import Capture, Refund
from workflows.orders.steps.progress import Progress
from workflows.orders.steps.retrying import retry_until_done, round_of, run_step
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background
from workflows.shared.keys import key_of


class PaymentBooking:
    """Books payments in the background, one job for each, so that a stuck one does not hold up the others.

    ``returned`` is called with a payment as soon as all of it has gone back, ``rejected`` with one that the ledger
    does not book as this order's, and the reason. ``enclose`` returns an e-mail that goes out once a payment is booked.
    """

    def __init__(
        self,
        books: Progress,
        order_id: str,
        *,
        returned: Callable[[Payment], None] = lambda _: None,
        rejected: Callable[[Payment, str], None],
        enclose: Callable[[Payment], Enclosed | None] = lambda _: None,
    ) -> None:
        self._books = books
        self._order_id = order_id
        self._returned = returned
        self._rejected = rejected
        self._enclose = enclose
        self.jobs = Background()

    def take(self, payment: Payment) -> None:
        """Begin to record a capture, then to send the refunds that are decided already."""
        self.jobs.start(self._settle(payment, *payment.refunds))

    def pay_back(self, payment: Payment, refund: PendingRefund) -> None:
        """Begin to send back a part of a payment that has just been decided."""
        self.jobs.start(self._settle(payment, refund))

    async def refund(self, payments: Sequence[Payment]) -> None:
        """Run one round of recording and refunding what is owed of these payments; a failure holds up no other part.

        Raises:
            ActivityError: it failed for at least one of them; call it again later.
        """
        failure: ActivityError | None = None
        for payment in payments:
            try:
                await run_step(self._books.stuck, _record_ref(payment), partial(self._record, payment))
            except ActivityError as error:
                failure = error
                continue
            for due in payment.refunds:
                try:
                    await run_step(self._books.stuck, _refund_ref(payment, due), partial(self._send, payment, due))
                except ActivityError as error:
                    failure = error
        if failure is not None:
            raise failure

    async def record(self, payment: Payment) -> None:
        """Record a capture, retrying until the ledger has answered."""
        await retry_until_done(
            self._books.stuck, _record_ref(payment), partial(self._record, payment), woken=payment.booked
        )

    async def _settle(self, payment: Payment, *refunds: PendingRefund) -> None:
        await self.record(payment)
        for refund in refunds:
            ref, step = _refund_ref(payment, refund), partial(self._send, payment, refund)
            await retry_until_done(self._books.stuck, ref, step, woken=refund.sent)

    async def _record(self, payment: Payment) -> None:
        if payment.booked():
            return
        capture = Capture(
            payment_id=payment.payment_id,
            order_id=self._order_id,
            amount=payment.confirmation.amount,
            currency=payment.confirmation.currency,
        )
        enclosed = self._enclose(payment)
        step = RecordCapture(capture=capture, email=enclosed.email if enclosed else None)
        summary = f"{payment.money} from {payment.payment_id}"
        answer = await round_of(OrderActivities.record_capture, step, summary=summary)()
        if not payment.booked():  # meanwhile, by the other one of a background job and the end of the order
            self._note_answer(payment, answer)
        if enclosed and answer.email_sent:
            enclosed.note_sent()

    def _note_answer(self, payment: Payment, answer: CaptureAnswer) -> None:
        if answer.reference is None:
            payment.rejected_by_ledger = True
            self._rejected(payment, answer.refusal or "")
            return
        payment.capture = payment.entry("capture", payment.confirmation.amount, self._books.now, answer.reference)
        self._books.book(payment.capture, f"recorded {payment.money} from {payment.payment_id}")

    async def _send(self, payment: Payment, refund: PendingRefund) -> None:
        if payment.rejected_by_ledger or refund.sent():
            return
        step = Refund(
            refund_key=refund_key(self._order_id, payment.payment_id, refund.part),
            payment_id=payment.payment_id,
            order_id=self._order_id,
            amount=refund.amount,
            currency=payment.confirmation.currency,
        )
        money = payment.words(refund.amount)
        summary = f"{money} to {payment.payment_id}"
        by_hand = self._books.stuck.reference(_refund_ref(payment, refund))
        if by_hand is None:
            answer = await round_of(OrderActivities.send_refund, step, summary=summary)()
        else:
            manual = ManualRefund(refund=step, reference=by_hand)
            answer = await round_of(OrderActivities.record_manual_refund, manual, summary=summary)()
        if refund.sent():  # meanwhile, as above
            return
        refund.entry = payment.entry("refund", refund.amount, self._books.now, answer.reference)
        self._books.book(refund.entry, f"refunded {money} to {payment.payment_id}")
        if by_hand is not None and not answer.reference.startswith(by_hand):
            self._books.note(f"refund of {money} to {payment.payment_id} had been sent before, as {answer.reference}")
        if payment.returned:
            self._returned(payment)


def _record_ref(payment: Payment) -> StepRef:
    return StepRef(StepKind.RECORD, f"recording {payment.money} from {payment.payment_id}", key=payment.payment_id)


def _refund_ref(payment: Payment, refund: PendingRefund) -> StepRef:
    key = key_of(payment.payment_id, *([refund.part] if refund.part else []))
    return StepRef(StepKind.REFUND, f"refund of {payment.words(refund.amount)} to {payment.payment_id}", key=key)
