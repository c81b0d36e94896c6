"""Takes the payments of an order, by whichever door they come, and decides what becomes of each."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from workflows.orders.client import payment_workflow_id
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.edition import Edition
from workflows.orders.models import CapturedPayment, DecidePayment, PaymentStanding
from workflows.orders.payment_intake.models import (
    PaymentDecided,
    PaymentOutcome,
    TakenOutcome,
    TakenPayment,
    TakePayment,
)
from workflows.orders.payments.booking import SIGNAL, PaymentBooking
from workflows.orders.payments.judging import PaymentVerdict, judge_payment
from workflows.orders.payments.records import EXCESS, Payment
from workflows.orders.state import OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.compensation import Compensation, Compensations
from workflows.orders.steps.refusals import CONTRADICTION
from workflows.orders.steps.retrying import wait_until
from workflows.orders.views.attention import Attention

SAID_AT_THE_DOOR = {
    PaymentStanding.APPLIED: TakenOutcome.APPLIED,
    PaymentStanding.PARKED: TakenOutcome.PARKED,
    PaymentStanding.RETURNING: TakenOutcome.REFUSED,
    PaymentStanding.RETURNED: TakenOutcome.REFUSED,
}


class PaymentHandler:
    """Each payment is taken once, and pays the order, waits for a decision, or goes back."""

    def __init__(self, state: OrderState, compensations: Compensations, correspondence: EmailSender) -> None:
        self._state = state
        self._compensations = compensations
        self._correspondence = correspondence
        self.cashier = PaymentBooking(state, self._returned)
        self._news = Background()

    def confirm(self, payment: CapturedPayment) -> None:
        """Take a payment that the gateway tells the order of; it must know its policy."""
        self._judge(payment)

    async def take(self, payment: TakePayment) -> TakenPayment:
        """Take a payment from the front door, and say what becomes of it.

        Raises:
            ApplicationError: the order knows that payment with other money.
        """
        while not self._can_judge(payment):
            await wait_until(lambda: self._can_judge(payment))
        self._judge(payment)
        known = self._state.payments.get(payment.payment_id)
        if known is None or known.rejected_by_ledger or not known.same_money(payment):
            money = known.money if known else "nothing"
            raise ApplicationError(
                f"the order knows payment {payment.payment_id} as {money}", type=CONTRADICTION, non_retryable=True
            )
        known.waits_at_door = known.standing in (PaymentStanding.PARKED, PaymentStanding.RETURNING)
        return TakenPayment(
            payment_id=known.payment_id,
            outcome=SAID_AT_THE_DOOR[known.standing],
            reason=known.why,
            refund_reference=known.refund_reference if known.returned else None,
        )

    def decide(self, decide: DecidePayment) -> None:
        """Do what somebody decided about a parked payment."""
        payment = self._state.payments.get(decide.payment_id)
        if payment is None or payment.parked is None:
            return
        self._state.unpark(payment)
        if decide.decision == "refund":
            self._give_back(payment, f"refused by {decide.by}: {decide.reason}")
            return
        self._state.note(f"{payment.money} from {payment.payment_id} accepted by {decide.by}: {decide.reason}")
        payment.pays_order = True
        self._owe_excess(payment)
        self._accept(payment)
        for due in payment.dues:
            self.cashier.pay_back(payment, due)
        self._tell_door(payment, PaymentOutcome.APPLIED)

    def return_parked(self, why: str) -> None:
        """Give back what is still parked."""
        for payment in self._state.payments.parked:
            self._state.unpark(payment)
            self._give_back(payment, why)

    async def finish(self) -> None:
        """Wait until all money is where it belongs, and nobody waits for an answer."""
        await wait_until(lambda: workflow.all_handlers_finished() and self.cashier.idle and self._news.idle)
        await self._news.finish()
        await self.cashier.finish()

    def _can_judge(self, payment: CapturedPayment) -> bool:
        known = self._state.payments.get(payment.payment_id)
        # What the order knows otherwise may turn out not to be what the ledger has.
        return self._state.policy_known and (known is None or known.same_money(payment) or known.booked())

    def _judge(self, confirmation: CapturedPayment) -> None:
        ruling = judge_payment(self._state, confirmation)
        if ruling.verdict == PaymentVerdict.IGNORE:
            return
        payment = Payment(confirmation, why=ruling.why)
        if ruling.verdict == PaymentVerdict.ACCEPT:
            self._undo_at_the_end()
            payment.pays_order = True
            self._owe_excess(payment)
            self.cashier.take(payment)
            self._accept(payment)
            return
        self._state.refuse(SIGNAL, ruling.reason, confirmation.payment_id)
        if ruling.verdict == PaymentVerdict.PARK and ruling.attention is not None:
            self._undo_at_the_end()
            self.cashier.take(payment)
            self._state.park(payment, ruling.attention)
            return
        self._state.note(f"payment refused: {ruling.reason}")
        if ruling.verdict == PaymentVerdict.REFUND:
            payment.owe_rest()
            self.cashier.take(payment)
        if ruling.attention is not None:
            self._state.call_attention(ruling.attention)

    def _accept(self, payment: Payment) -> None:
        self._state.accept_payment(payment)
        self.return_parked(f"the order is paid with {payment.payment_id}")

    def _owe_excess(self, payment: Payment) -> None:
        excess = payment.confirmation.amount - self._state.amount_due
        if excess > 0:
            payment.owe(EXCESS, excess)

    def _give_back(self, payment: Payment, why: str) -> None:
        payment.why = why
        self._state.note(f"{payment.money} goes back to {payment.payment_id}: {why}")
        payment.owe_rest()
        for due in payment.dues:
            self.cashier.pay_back(payment, due)

    def _undo_at_the_end(self) -> None:
        self._compensations.register(Compensation(Attention.REFUND_FAILED, self._refund_with_order))

    async def _refund_with_order(self) -> None:
        await self.cashier.refund(self._state.payments.ending_with_order)

    def _returned(self, payment: Payment) -> None:
        if self._state.edition == Edition.FIRST and not payment.waits_at_door:  # its history has no such e-mail
            return
        if not payment.ends_with_order and not payment.pays_order:
            self._correspondence.tell_returned(payment)
        self._tell_door(payment, PaymentOutcome.REFUNDED)

    def _tell_door(self, payment: Payment, outcome: PaymentOutcome) -> None:
        if payment.waits_at_door:
            reference = payment.refund_reference if outcome == PaymentOutcome.REFUNDED else None
            decided = PaymentDecided(outcome=outcome, refund_reference=reference)
            self._news.start(_signal_door(payment.payment_id, decided))


async def _signal_door(payment_id: str, decided: PaymentDecided) -> None:
    try:
        await workflow.get_external_workflow_handle(payment_workflow_id(payment_id)).signal("payment_decided", decided)
    except FailureError:
        workflow.logger.info("nobody waits for payment %s any more", payment_id)
