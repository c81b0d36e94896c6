"""The money of an order: every capture goes into the ledger, and what must go back does."""

from collections.abc import Callable, Sequence
from typing import Literal

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import RecordCapture, SendRefund
from workflows.orders.attention import Attention
from workflows.orders.background import Background
from workflows.orders.models import LedgerEntry
from workflows.orders.payments import Due, Payment, refund_key
from workflows.orders.retrying import ROUND, until_done
from workflows.orders.state import OrderState

SIGNAL = "confirm_payment"


class Cashier:
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

    def pay_back(self, payment: Payment, due: Due) -> None:
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
        failure: ActivityError | None = None
        for payment in payments:
            try:
                await self._record(payment)
                for due in payment.dues:
                    await self._send(payment, due)
            except ActivityError as error:
                failure = error
        if failure is not None:
            raise failure

    async def _settle(self, payment: Payment, dues: Sequence[Due]) -> None:
        key = payment.payment_id
        await until_done(
            lambda: self._record(payment),
            failing=lambda why: self._state.call_attention(
                Attention.LEDGER_UNAVAILABLE, f"payment {key} cannot be recorded yet: {why}", key
            ),
            woken=payment.booked,
        )
        self._state.settle_attention(Attention.LEDGER_UNAVAILABLE, key)
        for due in dues:
            await self._send_until_done(payment, due)

    async def _send_until_done(self, payment: Payment, due: Due) -> None:
        key, money = payment.payment_id, payment.words(due.amount)
        await until_done(
            lambda: self._send(payment, due),
            failing=lambda why: self._state.call_attention(
                Attention.REFUND_FAILED, f"refund of {money} to {key} failed: {why}; trying again", key
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
            self._state.unpark(payment)
            self._state.refuse(SIGNAL, f"{answer.refusal}; it does not pay this one", payment.payment_id)
            return
        payment.capture = self._entry("capture", payment, payment.confirmation.amount, answer.reference)
        self._state.book(payment.capture, f"recorded {payment.money} from {payment.payment_id}")

    async def _send(self, payment: Payment, due: Due) -> None:
        if payment.disowned or due.sent():
            return
        money = payment.words(due.amount)
        order_id = self._state.request.order_id
        answer = await workflow.execute_activity_method(
            OrderActivities.send_refund,
            SendRefund(
                refund_key=refund_key(order_id, payment.payment_id, due.part),
                payment_id=payment.payment_id,
                order_id=order_id,
                amount=due.amount,
                currency=payment.confirmation.currency,
            ),
            summary=f"{money} to {payment.payment_id}",
            **ROUND,
        )
        if due.sent():  # by the other of a background job and the end of the order, while this waited
            return
        due.entry = self._entry("refund", payment, due.amount, answer.reference)
        self._state.book(due.entry, f"refunded {money} to {payment.payment_id}")
        if payment.returned:
            self._returned(payment)

    def _entry(self, kind: Literal["capture", "refund"], payment: Payment, amount: int, reference: str) -> LedgerEntry:
        return LedgerEntry(
            kind=kind,
            payment_id=payment.payment_id,
            amount=amount,
            currency=payment.confirmation.currency,
            at=self._state.now,
            reference=reference,
        )
