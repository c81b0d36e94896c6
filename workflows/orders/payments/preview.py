"""What a payment would do if it came now: the same ruling as when it does."""

from workflows.orders.models import CapturedPayment, OrderStatus
from workflows.orders.payments.judging import PaymentVerdict, judge_payment, paying_with
from workflows.orders.payments.preview_models import PaymentPreview
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.views.wording import moment
from workflows.shared.money import format_money

WHEN_READY = "is judged once the order has its stock"


def preview_payment(state: OrderState, confirmation: CapturedPayment) -> PaymentPreview:
    """Return what becomes of a payment, and of the order by it."""
    if state.lost or not state.opened:
        return PaymentPreview(outcome="waits", effect=WHEN_READY)
    payment = Payment(confirmation)
    ruling = judge_payment(state, payment)
    match ruling.verdict:
        case PaymentVerdict.ACCEPT:
            return _accepted(state, payment)
        case PaymentVerdict.PARK if ruling.is_part:
            return _part(state, payment)
        case PaymentVerdict.PARK:
            return PaymentPreview(outcome="waits", effect=f"is kept aside until somebody decides: {ruling.why}")
        case PaymentVerdict.IGNORE:
            return already_known(confirmation)
        case _:
            return PaymentPreview(outcome="refused", effect=ruling.reason)


def already_known(confirmation: CapturedPayment) -> PaymentPreview:
    """Return what a payment does that has come before."""
    return PaymentPreview(
        outcome="nothing", effect=f"payment {confirmation.payment_id} has come before: changes nothing"
    )


def _accepted(state: OrderState, payment: Payment) -> PaymentPreview:
    *others, _ = paying = paying_with(state, payment)
    together = f", which pays the order with {' and '.join(each.payment_id for each in others)}" if others else ""
    excess = sum(each.worth for each in paying) - state.amount_due
    back = f"; {payment.words(excess)} too much goes back" if excess > 0 else ""
    starts = "starts picking once the stock is reserved" if state.status == OrderStatus.CREATED else "starts picking"
    effect = f"takes {payment.money}{together}, {starts}{back}"
    return PaymentPreview(outcome="overpays" if excess > 0 else "pays", effect=effect)


def _part(state: OrderState, payment: Payment) -> PaymentPreview:
    received = state.payments.paid_in_part + payment.worth
    price, missing = (
        format_money(each, state.request.currency) for each in (state.amount_due, state.amount_due - received)
    )
    until = f" until {moment(state.pay_by.at)}" if state.pay_by and state.waits_for_payment else ""
    return PaymentPreview(
        outcome="part", effect=f"takes {payment.money} as a part of {price}; {missing} is missing{until}"
    )
