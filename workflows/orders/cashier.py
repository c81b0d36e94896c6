"""The money of an order: every capture goes into the ledger, and what does not pay the order goes back."""

from typing import Literal

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import RecordCapture, SendRefund
from workflows.orders.attention import Attention
from workflows.orders.background import Background
from workflows.orders.models import LedgerEntry, PaymentConfirmation
from workflows.orders.payments import Payment
from workflows.orders.retrying import ROUND, until_done
from workflows.orders.state import OrderState

SIGNAL = "confirm_payment"


class Cashier:
    """Books payments in the background, one job for each, so that a stuck one holds up no other."""

    def __init__(self, state: OrderState) -> None:
        self._state = state
        self._jobs = Background()

    def take(self, confirmation: PaymentConfirmation, *, pays_order: bool) -> None:
        """Begin to record captured money, and to send it back unless it pays the order."""
        payment = Payment(confirmation, pays_order=pays_order, refund_owed=not pays_order)
        self._state.payments.add(payment)
        self._jobs.start(self._settle(payment))

    async def finish(self) -> None:
        """Wait until all money is booked, and all that is owed went back."""
        await self._jobs.finish()

    async def refund(self, payment: Payment) -> None:
        """Send the money back once, in one round of trying; a capture that is not recorded yet is recorded first.

        Raises:
            ActivityError: it did not work; ask again later.
        """
        await self._record(payment)
        if payment.disowned or payment.refund is not None:
            return
        confirmation = payment.confirmation
        answer = await workflow.execute_activity_method(
            OrderActivities.send_refund,
            SendRefund(
                refund_key=f"{self._state.request.order_id}/refund/{payment.payment_id}",
                payment_id=payment.payment_id,
                order_id=self._state.request.order_id,
                amount=confirmation.amount,
                currency=confirmation.currency,
            ),
            summary=f"{payment.money} to {payment.payment_id}",
            **ROUND,
        )
        payment.refund = self._entry("refund", payment, answer.reference)
        self._state.book(payment.refund, f"refunded {payment.money} to {payment.payment_id}")

    async def _settle(self, payment: Payment) -> None:
        key = payment.payment_id
        await until_done(
            lambda: self._record(payment),
            failing=lambda why: self._state.call_attention(
                Attention.LEDGER_UNAVAILABLE, f"payment {key} cannot be recorded yet: {why}", key
            ),
            woken=payment.booked,
        )
        self._state.settle_attention(Attention.LEDGER_UNAVAILABLE, key)
        if payment.pays_order:
            return
        await until_done(
            lambda: self.refund(payment),
            failing=lambda why: self._state.call_attention(
                Attention.REFUND_FAILED, f"refund of {payment.money} to {key} failed: {why}; trying again", key
            ),
        )
        self._state.settle_attention(Attention.REFUND_FAILED, key)

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
            payment.disowned = True
            self._state.refuse(SIGNAL, f"{answer.refusal}; it does not pay this one", payment.payment_id)
            return
        payment.capture = self._entry("capture", payment, answer.reference)
        self._state.book(payment.capture, f"recorded {payment.money} from {payment.payment_id}")

    def _entry(self, kind: Literal["capture", "refund"], payment: Payment, reference: str) -> LedgerEntry:
        return LedgerEntry(
            kind=kind,
            payment_id=payment.payment_id,
            amount=payment.confirmation.amount,
            currency=payment.confirmation.currency,
            at=self._state.now,
            reference=reference,
        )
