"""The money of an order: every capture goes into the ledger, and what must go back does."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import RecordCapture, RecordManualRefund, RefundAnswer, SendRefund
from workflows.orders.models import LedgerEntry
from workflows.orders.payments.records import Payment, PendingRefund, refund_key
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.repeating import tried, until_done
from workflows.orders.steps.retrying import ROUND
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.views.attention import Attention

SIGNAL = "confirm_payment"


class PaymentBooking:
    """Books payments in the background, one job for each, so that a stuck one holds up no other.

    ``returned`` is called with each payment as soon as all of it has gone back.
    """

    def __init__(self, state: OrderState, returned: Callable[[Payment], None]) -> None:
        self._state = state
        self._returned = returned
        self._jobs = Background()

    def take(self, payment: Payment) -> None:
        """Begin to record captured money, and to send back what must go back of it already."""
        self._state.payments.add(payment)
        self._jobs.start(self._settle(payment, list(payment.dues)))

    def pay_back(self, payment: Payment, due: PendingRefund) -> None:
        """Begin to send a part of a payment back that has just been decided."""
        self._jobs.start(self._settle(payment, [due]))

    @property
    def idle(self) -> bool:
        """Whether all money is booked, and all that is owed went back."""
        return self._jobs.idle

    async def finish(self) -> None:
        """Wait until all money is booked, and all that is owed went back."""
        await self._jobs.finish()

    async def refund(self, payments: Sequence[Payment]) -> None:
        """Send back what is owed of them, in one round of trying each; what is not recorded yet is recorded first.

        Raises:
            ActivityError: it did not work for one of them at least; ask again later.
        """
        failures = [await self._refund_once(payment) for payment in payments]
        for failure in failures:
            if failure is not None:
                raise failure

    async def _refund_once(self, payment: Payment) -> ActivityError | None:
        """Return what went wrong last; a part that cannot be sent holds up no other."""
        failure: ActivityError | None = None
        try:
            await tried(self._state.stuck, _record_ref(payment), lambda: self._record(payment))
        except ActivityError as error:
            return error
        for due in payment.dues:
            try:
                await tried(self._state.stuck, _refund_ref(payment, due), partial(self._send, payment, due))
            except ActivityError as error:
                failure = error
        return failure

    async def _settle(self, payment: Payment, dues: Sequence[PendingRefund]) -> None:
        key = payment.payment_id
        await until_done(
            self._state.stuck,
            _record_ref(payment),
            lambda: self._record(payment),
            failing=lambda: self._state.call_attention(Attention.LEDGER_UNAVAILABLE, key=key),
            woken=payment.booked,
        )
        self._state.settle_attention(Attention.LEDGER_UNAVAILABLE, key)
        for due in dues:
            await self._send_until_done(payment, due)

    async def _send_until_done(self, payment: Payment, due: PendingRefund) -> None:
        ref = _refund_ref(payment, due)
        await until_done(
            self._state.stuck,
            ref,
            lambda: self._send(payment, due),
            failing=lambda: self._state.call_attention(Attention.REFUND_FAILED, key=ref.key),
            woken=due.sent,
        )
        self._state.settle_attention(Attention.REFUND_FAILED, ref.key)

    async def _record(self, payment: Payment) -> None:
        if payment.booked():
            return
        answer = await workflow.execute_activity_method(
            OrderActivities.record_capture,
            RecordCapture(
                payment_id=payment.payment_id,
                order_id=self._state.request.order_id,
                amount=payment.confirmation.amount,
                currency=payment.confirmation.currency,
            ),
            summary=f"{payment.money} from {payment.payment_id}",
            **ROUND,
        )
        if payment.booked():  # by the other of booking and refunding, while this waited
            return
        if answer.reference is None:
            payment.rejected_by_ledger = True
            self._state.unpark(payment)
            self._state.refuse(SIGNAL, f"{answer.refusal}; it does not pay this one", payment.payment_id)
            return
        payment.capture = self._entry("capture", payment, payment.confirmation.amount, answer.reference)
        self._state.book(payment.capture, f"recorded {payment.money} from {payment.payment_id}")

    async def _send(self, payment: Payment, due: PendingRefund) -> None:
        if payment.rejected_by_ledger or due.sent():
            return
        money = payment.words(due.amount)
        by_hand = self._state.stuck.reference(_refund_ref(payment, due))
        answer = await self._ask_for_refund(payment, due, by_hand)
        if due.sent():  # by the other of a background job and the end of the order, while this waited
            return
        due.entry = self._entry("refund", payment, due.amount, answer.reference)
        self._state.book(due.entry, f"refunded {money} to {payment.payment_id}")
        if by_hand is not None and not answer.reference.startswith(by_hand):
            self._state.note(f"refund of {money} to {payment.payment_id} had been sent before, as {answer.reference}")
        if payment.returned:
            self._returned(payment)

    async def _ask_for_refund(self, payment: Payment, due: PendingRefund, by_hand: str | None) -> RefundAnswer:
        order_id = self._state.request.order_id
        step = SendRefund(
            refund_key=refund_key(order_id, payment.payment_id, due.part),
            payment_id=payment.payment_id,
            order_id=order_id,
            amount=due.amount,
            currency=payment.confirmation.currency,
        )
        summary = f"{payment.words(due.amount)} to {payment.payment_id}"
        if by_hand is None:
            return await workflow.execute_activity_method(OrderActivities.send_refund, step, summary=summary, **ROUND)
        return await workflow.execute_activity_method(
            OrderActivities.record_manual_refund,
            RecordManualRefund(**step.model_dump(), reference=by_hand),
            summary=summary,
            **ROUND,
        )

    def _entry(self, kind: Literal["capture", "refund"], payment: Payment, amount: int, reference: str) -> LedgerEntry:
        return LedgerEntry(
            kind=kind,
            payment_id=payment.payment_id,
            amount=amount,
            currency=payment.confirmation.currency,
            at=self._state.now,
            reference=reference,
        )


def _record_ref(payment: Payment) -> StepRef:
    return StepRef(StepKind.RECORD, f"recording {payment.money} from {payment.payment_id}", key=payment.payment_id)


def _refund_ref(payment: Payment, due: PendingRefund) -> StepRef:
    key = f"{payment.payment_id}/{due.part}" if due.part else payment.payment_id
    return StepRef(StepKind.REFUND, f"refund of {payment.words(due.amount)} to {payment.payment_id}", key=key)
