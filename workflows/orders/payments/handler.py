"""Takes an order's payments, by signal or from the payment intake, and decides what becomes of each."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

from workflows.orders.client import payment_workflow_id
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.customer.enclosing import Enclosed
from workflows.orders.models import CapturedPayment, DecidePayment, OrderStatus
from workflows.orders.outcome import Outcome
from workflows.orders.payment_intake.models import (
    PaymentDecided,
    PaymentOutcome,
    TakePayment,
)
from workflows.orders.payments.booking import PaymentBooking
from workflows.orders.payments.judging import (
    PaymentVerdict,
    accepted_words,
    judge_payment,
    known_words,
    paying_with,
)
from workflows.orders.payments.preview import already_known, preview_payment
from workflows.orders.payments.preview_models import PaymentPreview
from workflows.orders.payments.records import EXCESS, Parking, Payment
from workflows.orders.ports import BookedPayment
from workflows.orders.state import CONFIRM_PAYMENT, OrderState
from workflows.orders.steps.compensation import Compensations
from workflows.orders.steps.tasks import wait_until
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import CaptureStatus, PaymentView
from workflows.orders.views.refusals import CONTRADICTION

MONEY = {"payment_id", "amount", "currency"}


class PaymentHandler:
    """Takes each payment once: it pays the order, waits for a decision, or goes back."""

    def __init__(self, state: OrderState, outcome: Outcome, compensations: Compensations, emails: EmailSender) -> None:
        self._state = state
        self._outcome = outcome
        self._compensations = compensations
        self._emails = emails
        self.booking = PaymentBooking(
            state, state.request.order_id, returned=self._returned, rejected=self._rejected, enclose=self._thanks
        )

    async def take(self, payment: TakePayment) -> PaymentView:
        """Take a payment from the payment intake, and return what becomes of it.

        Raises:
            ApplicationError: the order knows that payment with other money.
        """
        while not self._can_judge(payment):
            await wait_until(lambda: self._can_judge(payment))
        before = self._outcome.payment(payment.payment_id)
        if before is not None:
            return before
        self.confirm(payment)
        known = self._state.payments.get(payment.payment_id)
        if known is None or known.rejected_by_ledger or not known.same_money(payment):
            money = known.money if known else "nothing"
            raise ApplicationError(
                f"the order knows payment {payment.payment_id} as {money}", type=CONTRADICTION, non_retryable=True
            )
        known.intake_waits = known.status in (CaptureStatus.PARKED, CaptureStatus.RETURNING)
        return known.view()

    def confirm(self, confirmation: CapturedPayment) -> str:
        """Take a payment; the order must know its policy. Return what became of it, in words."""
        if self._outcome.payment(confirmation.payment_id) is None:
            return self._judge(Payment(confirmation))
        return known_words(confirmation)

    def preview(self, confirmation: CapturedPayment) -> PaymentPreview:
        """Return what a payment would do if it came now."""
        if self._outcome.payment(confirmation.payment_id) is not None:
            return already_known(confirmation)
        return preview_payment(self._state, confirmation)

    def find(self, booked: BookedPayment) -> None:
        """Take what the ledger has of a payment, which a lost run may have booked: it counts, or goes back."""
        known = self._state.payments.get(booked.payment_id)
        payment = known or Payment(CapturedPayment.model_validate(booked.model_dump(include=MONEY)))
        other = payment.rejected_by_ledger or payment.confirmation.amount != booked.amount
        if other or (known is None and booked.sent_back):
            return
        at, refunds = self._state.now, len(payment.refunds)
        entries = payment.find_refunds(booked, at)
        if payment.capture is None:
            payment.capture = payment.entry("capture", booked.amount, at, booked.reference)
            entries.insert(0, payment.capture)
        for entry in entries:
            self._state.book(entry, f"{entry.kind} of {payment.words(entry.amount)} found, of {payment.payment_id}")
        if known is None and payment.left:
            self._judge(payment)
        elif known is None:
            self._state.payments.add(payment)
        else:
            for refund in (each for each in payment.refunds[refunds:] if not each.sent()):
                self.booking.pay_back(payment, refund)

    def _judge(self, payment: Payment) -> str:
        confirmation = payment.confirmation
        ruling = judge_payment(self._state, payment)
        if ruling.verdict == PaymentVerdict.IGNORE:
            return known_words(confirmation)
        payment.why = ruling.why
        if ruling.verdict == PaymentVerdict.ACCEPT:
            paying = paying_with(self._state, payment)
            for part in paying:
                part.why = ""
            excess = self._accept(paying)
            return accepted_words(paying, excess)
        if ruling.verdict == PaymentVerdict.PARK and ruling.attention is not None:
            self._book(payment)
            self._state.park(payment, Parking(ruling.attention, self._state.now, ruling.is_part))
            if ruling.is_part and self._state.waits_for_payment:
                self._emails.tell_rest()
            return self._state.parked_words(payment)
        self._state.refuse(CONFIRM_PAYMENT, ruling.reason, confirmation.payment_id)
        self._state.note(f"payment refused: {ruling.reason}")
        if ruling.verdict == PaymentVerdict.REFUND:
            payment.owe_rest()
            self._book(payment)
        if ruling.attention is not None:
            self._state.call_attention(ruling.attention)
        return ""

    def decide(self, decide: DecidePayment) -> None:
        """Apply a decision about a parked payment."""
        payment = self._state.payments.get(decide.payment_id)
        if payment is None or payment.parked is None:
            return
        if decide.decision == "refund":
            self._state.unpark(payment)
            self._give_back(payment, f"refused by {decide.by}: {decide.reason}")
            return
        self._state.note(f"{payment.money} from {payment.payment_id} accepted by {decide.by}: {decide.reason}")
        self._accept(paying_with(self._state, payment))

    def reconsider(self) -> None:
        """Look whether what has come is enough, since the order costs less now."""
        state = self._state
        if state.closing_as is not None or state.payments.paying or not state.payments.parts:
            return
        if state.amount_due == 0:
            self.return_parked("the order costs nothing any more")
        elif state.payments.paid_in_part >= state.amount_due:
            self._accept(paying_with(state, state.payments.parts[-1]))

    def return_parked(self, why: str) -> None:
        """Give back what is still parked."""
        for payment in self._state.payments.parked:
            self._state.unpark(payment)
            self._give_back(payment, why)

    def _can_judge(self, payment: CapturedPayment) -> bool:
        known = self._state.payments.get(payment.payment_id)
        # The ledger may yet reject what the order knows with other money.
        ready = self._state.opened and not self._state.lost
        return ready and (known is None or known.same_money(payment) or known.booked())

    def _book(self, payment: Payment) -> None:
        self._compensations.register(self._refund_with_order)
        self._state.payments.add(payment)
        self.booking.take(payment)

    def _accept(self, payments: Sequence[Payment]) -> int:
        """Let payments pay the order; the last of them may be new, and what is too much of it goes back.

        Return by how much they are more than the order costs, or less.
        """
        difference = sum(payment.worth for payment in payments) - self._state.amount_due
        *_, last = payments
        if difference > 0 and not any(refund.part == EXCESS for refund in last.refunds):
            excess = last.owe(EXCESS, min(difference, last.left))
            if self._state.payments.get(last.payment_id) is last:
                self.booking.pay_back(last, excess)
        for payment in payments:
            payment.pays_order, payment.parked = True, None
            if self._state.payments.get(payment.payment_id) is not payment:
                self._book(payment)
        self._state.accept_payments(payments, difference)
        for payment in payments:
            self._notify_intake(payment, PaymentOutcome.APPLIED)
        self.return_parked(f"the order is paid with {self._state.payments.ids}")
        return difference

    def _give_back(self, payment: Payment, why: str) -> None:
        payment.why = why
        self._state.note(f"{payment.money} goes back to {payment.payment_id}: {why}")
        payment.owe_rest()
        for refund in payment.refunds:
            self.booking.pay_back(payment, refund)

    async def _refund_with_order(self) -> None:
        await self.booking.refund(self._state.payments.ending_with_order)

    def _rejected(self, payment: Payment, why: str) -> None:
        self._state.unpark(payment)
        self._state.refuse(CONFIRM_PAYMENT, f"{why}; it does not pay this one", payment.payment_id)
        if payment.pays_order and self._state.closing_as is None:
            for other in self._state.payments.paying:  # without it the others are too little
                other.pays_order, other.why = False, f"payment {payment.payment_id} does not pay this order"
                self._state.park(other, Parking(Attention.AMOUNT_MISMATCH, self._state.now, is_part=True))

    def _thanks(self, payment: Payment) -> Enclosed | None:
        """Return the e-mail that thanks for a payment, if the order is paid as soon as the ledger has it."""
        paid = self._state.status == OrderStatus.PAID and self._state.closing_as is None
        others = (other for other in self._state.payments.paying if other is not payment)
        if not (paid and payment.pays_order and all(other.booked() for other in others)):
            return None
        return self._emails.enclose(Milestone.PAID)

    def _returned(self, payment: Payment) -> None:
        if not payment.ends_with_order and not payment.pays_order:
            self._emails.tell_returned(payment)
        self._notify_intake(payment, PaymentOutcome.REFUNDED)

    def _notify_intake(self, payment: Payment, outcome: PaymentOutcome) -> None:
        if payment.intake_waits:
            reference = payment.refund_reference if outcome == PaymentOutcome.REFUNDED else None
            decided = PaymentDecided(outcome=outcome, refund_reference=reference)
            self.booking.jobs.start(self._signal_intake(payment.payment_id, decided))

    async def _signal_intake(self, payment_id: str, decided: PaymentDecided) -> None:
        await self._state.ready()
        await _signal(payment_id, decided)


async def _signal(payment_id: str, decided: PaymentDecided) -> None:
    try:
        await workflow.get_external_workflow_handle(payment_workflow_id(payment_id)).signal("payment_decided", decided)
    except FailureError:
        workflow.logger.info("nobody waits for payment %s any more", payment_id)
