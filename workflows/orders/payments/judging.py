"""Decides at once, by the order's policy, what becomes of a payment. The gateway has the money, so none is dropped."""

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
    """It pays the order; an excess goes back."""
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
    attention: Attention | None = None
    """The code with which an operator is told, if at all."""

    @property
    def reason(self) -> str:
        """Why it does not simply pay the order, and what happens instead."""
        return f"{self.why}; {self.consequence}"


def judge_payment(state: OrderState, payment: CapturedPayment) -> PaymentRuling:
    """Decide about a confirmation. One that the ledger rejected is judged anew: it may have been captured since."""
    known = state.payments.get(payment.payment_id)
    if known is not None and not known.rejected_by_ledger:
        if known.same_money(payment):
            return PaymentRuling(PaymentVerdict.IGNORE)
        money = format_money(payment.amount, payment.currency)
        reason = f"payment {payment.payment_id} was confirmed with {known.money} before, now with {money}"
        return PaymentRuling(PaymentVerdict.CONTRADICTION, reason, "the first counts")
    why_not = why_not_pay(state)
    if why_not is None:
        return _judge_money(state, payment)
    if why_ended(state) is not None or state.policy.payment_second == "refund":
        return _divert(payment, "refund", why_not)
    return _divert(payment, "park", why_not, Attention.SECOND_PAYMENT)


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
    return _divert(payment, what, wrong, attention)


def _divert(
    payment: CapturedPayment, what: ParkOrRefund, why: str, attention: Attention | None = None
) -> PaymentRuling:
    money = format_money(payment.amount, payment.currency)
    if what == "park":
        return PaymentRuling(PaymentVerdict.PARK, why, f"{money} is kept aside until somebody decides", attention)
    return PaymentRuling(PaymentVerdict.REFUND, why, f"{money} goes back to {payment.payment_id}", attention)


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
