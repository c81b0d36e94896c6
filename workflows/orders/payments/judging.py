"""What becomes of a payment for an order: decided at once, by the order's policy. No money is ever dropped."""

from dataclasses import dataclass
from enum import Enum, auto

from workflows.orders.edition import Edition
from workflows.orders.models import CapturedPayment, DecidePayment
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.views.attention import Attention
from workflows.orders.views.availability import why_no_payment
from workflows.shared.money import format_money


class PaymentVerdict(Enum):
    """What happens to the money of a confirmation."""

    ACCEPT = auto()
    """It pays the order; what is too much of it goes back."""
    PARK = auto()
    """It is recorded, and kept aside until somebody decides."""
    REFUND = auto()
    """It is recorded and sent back."""
    IGNORE = auto()
    """It is known; nothing happens again."""
    CONTRADICTION = auto()
    """It says something else about a payment that is known: nothing happens."""


@dataclass(frozen=True)
class PaymentRuling:
    """The verdict, with the reason where the payment does not simply pay the order."""

    verdict: PaymentVerdict
    why: str = ""
    consequence: str = ""
    attention: Attention | None = None
    """What is wrong with it, where somebody should know."""

    @property
    def reason(self) -> str:
        """Why it does not simply pay the order, and what happens instead."""
        return f"{self.why}; {self.consequence}"


def judge_payment(state: OrderState, payment: CapturedPayment) -> PaymentRuling:
    """Decide about a confirmation. The gateway has the money already, so none may be dropped."""
    known = state.payments.get(payment.payment_id)
    # What the ledger would not book may have been captured since; earlier editions did not ask it again.
    asked_again = known is not None and known.rejected_by_ledger and state.edition >= Edition.THIRD
    if known is not None and known.same_money(payment) and not asked_again:
        return PaymentRuling(PaymentVerdict.IGNORE)
    if known is not None and not known.rejected_by_ledger:
        money = format_money(payment.amount, payment.currency)
        reason = f"payment {payment.payment_id} was confirmed with {known.money} before, now with {money}"
        return PaymentRuling(PaymentVerdict.CONTRADICTION, reason, "the first counts")
    why_not = why_no_payment(state)
    if why_not is not None:
        return _judge_unwanted(state, payment, why_not)
    return _judge_money(state, payment)


def _judge_unwanted(state: OrderState, payment: CapturedPayment, why_not: str) -> PaymentRuling:
    if state.closing_as or state.ended or state.policy.payment_second == "refund":
        return _refund(payment, why_not)
    return _park(payment, why_not, Attention.SECOND_PAYMENT)


def _judge_money(state: OrderState, payment: CapturedPayment) -> PaymentRuling:
    request, policy = state.request, state.policy
    if (payment.amount, payment.currency) == (state.amount_due, request.currency):
        return PaymentRuling(PaymentVerdict.ACCEPT)
    price = format_money(state.amount_due, request.currency)
    wrong = f"the order costs {price}, not {format_money(payment.amount, payment.currency)}"
    if payment.currency != request.currency:
        what, attention = policy.payment_other_currency, Attention.CURRENCY_MISMATCH
    elif payment.amount < state.amount_due:
        what, attention = policy.payment_too_little, Attention.AMOUNT_MISMATCH
    elif policy.payment_too_much == "accept":
        return PaymentRuling(PaymentVerdict.ACCEPT)
    else:
        what, attention = policy.payment_too_much, Attention.AMOUNT_MISMATCH
    if state.edition == Edition.FIRST:  # knew this one word for it
        attention = Attention.AMOUNT_MISMATCH
    return _park(payment, wrong, attention) if what == "park" else _refund(payment, wrong, attention)


def _refund(payment: CapturedPayment, why: str, attention: Attention | None = None) -> PaymentRuling:
    money = format_money(payment.amount, payment.currency)
    return PaymentRuling(PaymentVerdict.REFUND, why, f"{money} goes back to {payment.payment_id}", attention)


def _park(payment: CapturedPayment, why: str, attention: Attention) -> PaymentRuling:
    money = format_money(payment.amount, payment.currency)
    return PaymentRuling(PaymentVerdict.PARK, why, f"{money} is kept aside until somebody decides", attention)


def why_no_decisions(state: OrderState) -> str | None:
    """Return why there is nothing to decide about payments now, or None if there is."""
    if state.closing_as or state.ended:
        return why_no_payment(state)
    return None if state.payments.parked else "no payment is parked"


def why_no_decision(state: OrderState, decide: DecidePayment) -> str | None:
    """Return why that cannot be decided about the payment now, or None if it can."""
    payment = state.payments.get(decide.payment_id)
    if payment is None:
        return f"no payment {decide.payment_id} has come for the order"
    if payment.parked is None:
        return f"payment {decide.payment_id} is not parked, it is {payment.standing.lower()}"
    return why_no_acceptance(state, payment) if decide.decision == "accept" else None


def why_no_acceptance(state: OrderState, payment: Payment) -> str | None:
    """Return why a parked payment can only go back, or None if it may pay the order as well."""
    why_not = why_no_payment(state)
    if why_not is not None:
        return f"{why_not}; payment {payment.payment_id} can only be refunded"
    if payment.confirmation.currency != state.request.currency:
        return (
            f"the order is in {state.request.currency}, and money is never converted;"
            f" payment {payment.payment_id} can only be refunded"
        )
    return None
