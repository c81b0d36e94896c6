"""Decides at once, by the order's policy, what becomes of a payment. The gateway has the money, so none is dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from workflows.orders.models import CapturedPayment, DecidePayment
from workflows.orders.payments.records import Payment
from workflows.orders.policy import ParkOrRefund
from workflows.orders.state import OrderState
from workflows.orders.views.attention import Attention
from workflows.orders.views.availability import why_ended, why_not_pay
from workflows.shared.money import format_money


class PaymentVerdict(Enum):
    """What happens to the money of a confirmation."""

    ACCEPT = auto()
    """It pays the order, alone or with the parts that came before; an excess goes back."""
    PARK = auto()
    """It is recorded, and kept aside until somebody decides."""
    REFUND = auto()
    """It is recorded and sent back."""
    IGNORE = auto()
    """It is known already; nothing happens."""
    CONTRADICTION = auto()
    """A known payment comes with other money; nothing happens."""


@dataclass(frozen=True)
class PaymentRuling:
    """The verdict, with the reason if the payment does not simply pay the order."""

    verdict: PaymentVerdict
    why: str = ""
    consequence: str = ""
    """What happens to money that is not kept."""
    attention: Attention | None = None
    """The code with which an operator is told, if at all."""
    is_part: bool = False
    """Whether the rest may come by other payments."""

    @property
    def reason(self) -> str:
        """Why it does not simply pay the order, and what happens instead."""
        return f"{self.why}; {self.consequence}"


def judge_payment(state: OrderState, payment: Payment) -> PaymentRuling:
    """Decide about a confirmation. One that the ledger rejected is judged anew: it may have been captured since."""
    confirmation = payment.confirmation
    known = state.payments.get(confirmation.payment_id)
    if known is not None and not known.rejected_by_ledger:
        if known.same_money(confirmation):
            return PaymentRuling(PaymentVerdict.IGNORE)
        reason = f"payment {payment.payment_id} was confirmed with {known.money} before, now with {payment.money}"
        return PaymentRuling(PaymentVerdict.CONTRADICTION, reason, "the first counts")
    why_not = why_not_pay(state)
    if why_not is None:
        return _judge_money(state, payment)
    if why_ended(state) is not None or state.policy.payment_second == "refund":
        return _divert(payment, "refund", why_not)
    return _divert(payment, "park", why_not, Attention.SECOND_PAYMENT)


def _judge_money(state: OrderState, payment: Payment) -> PaymentRuling:
    request, policy, due = state.request, state.policy, state.amount_due
    price = format_money(due, request.currency)
    wrong = f"the order costs {price}, not {payment.money}"
    if payment.confirmation.currency != request.currency:
        return _divert(payment, policy.payment_other_currency, wrong, Attention.CURRENCY_MISMATCH)
    if payment.worth == due:
        return PaymentRuling(PaymentVerdict.ACCEPT)
    worth = payment.worth
    if worth < due and state.payments.parts:
        worth += state.payments.paid_in_part
        wrong = f"the order costs {price}, not {payment.words(worth)}, which have come together"
    if worth < due:
        return _divert(payment, policy.payment_too_little, wrong, Attention.AMOUNT_MISMATCH, is_part=True)
    if worth == due or policy.payment_too_much == "accept":
        return PaymentRuling(PaymentVerdict.ACCEPT)
    return _divert(payment, policy.payment_too_much, wrong, Attention.AMOUNT_MISMATCH)


def paying_with(state: OrderState, payment: Payment) -> list[Payment]:
    """Return the payments that pay the order if this one does: it alone, or with the parts that came before it.

    No more of them than are needed; they may be too little all the same.
    """
    paying, others = [payment], [part for part in state.payments.parts if part is not payment]
    for part in others:
        if sum(each.worth for each in paying) < state.amount_due:
            paying.insert(-1, part)
    return paying


def accepted_words(paying: Sequence[Payment], excess: int) -> str:
    """Return what an accepted payment did, the last of those that pay the order; ``excess`` of it goes back."""
    *others, last = paying
    together = f", which pays the order with {' and '.join(each.payment_id for each in others)}" if others else ""
    return f"received {last.money}{together}" + (f"; {last.words(excess)} too much goes back" if excess > 0 else "")


def known_words(confirmation: CapturedPayment) -> str:
    """Return what a payment did that had come before."""
    return f"payment {confirmation.payment_id} had come before; nothing changed"


def _divert(
    payment: Payment, what: ParkOrRefund, why: str, attention: Attention | None = None, *, is_part: bool = False
) -> PaymentRuling:
    if what == "park":
        return PaymentRuling(PaymentVerdict.PARK, why, attention=attention, is_part=is_part)
    return PaymentRuling(PaymentVerdict.REFUND, why, f"{payment.money} goes back to {payment.payment_id}", attention)


def why_not_decide_payments(state: OrderState) -> str | None:
    """Return why no payment can be decided about now, or None."""
    return why_ended(state) or (None if state.payments.parked else "no payment is parked")


def why_not_decide_payment(state: OrderState, decide: DecidePayment) -> str | None:
    """Return why that cannot be decided about the payment now, or None if it can."""
    payment = state.payments.get(decide.payment_id)
    if payment is None:
        return f"no payment {decide.payment_id} has come for the order"
    if payment.parked is None:
        return f"payment {decide.payment_id} is not parked, it is {payment.status.lower().replace('_', ' ')}"
    return why_not_accept(state, payment) if decide.decision == "accept" else None


def why_not_accept(state: OrderState, payment: Payment) -> str | None:
    """Return why a parked payment can only be refunded, or None if it may pay the order as well."""
    why_not = why_not_pay(state)
    if why_not is not None:
        return f"{why_not}; payment {payment.payment_id} can only be refunded"
    if payment.confirmation.currency != state.request.currency:
        return (
            f"the order is in {state.request.currency}, and money is never converted;"
            f" payment {payment.payment_id} can only be refunded"
        )
    return None
