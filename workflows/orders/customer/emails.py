"""The texts of the e-mails to customers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.orders.activity_models import StockRefusal
from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import Address, OrderLine, OrderRequest
from workflows.orders.state import OrderState
from workflows.orders.views.models import PricedLine, ReservedLine
from workflows.orders.views.wording import line_words, moment, pieces_of
from workflows.shared.keys import key_of
from workflows.shared.money import format_money


class Milestone(StrEnum):
    """An event that a customer gets an e-mail about. The value is part of the e-mail's key, so it never changes."""

    PLEASE_PAY = "please-pay"
    PAY_REMINDER = "pay-reminder"
    PARTLY_PAID = "partly-paid"
    PAID = "paid"
    ADDRESS_CHANGED = "address-changed"
    SHIPPED = "shipped"
    RETURN_OFFERED = "return-offered"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Email:
    """Subject and body in plain text."""

    subject: str
    body: str


TEMPLATES = {
    Milestone.PLEASE_PAY: Email(
        "please pay {total}", "we have set your order aside. Please pay {total} by {due}.\n\n{lines}"
    ),
    Milestone.PAY_REMINDER: Email(
        "please pay {total} by {due}",
        "we have set your order aside, but have not seen your payment yet. Please pay {total} by {due}: after that your"
        " order expires.\n\n{lines}",
    ),
    Milestone.PARTLY_PAID: Email(
        "please pay the rest, {total}",
        "we have received {received}, and have set your order aside. Please pay the rest, {total}, by {due}: after that"
        " your order expires, and what you have paid goes back to you.\n\n{lines}",
    ),
    Milestone.PAID: Email(
        "thank you for your payment", "we have received {received} and are getting your order ready.\n\n{lines}"
    ),
    Milestone.ADDRESS_CHANGED: Email(
        "another address",
        "what has not left yet will be sent to:\n\n{address}\n\nIf you have not asked for that, please tell us.",
    ),
    Milestone.SHIPPED: Email("on its way", "your order is on its way with {carrier}, as parcel {parcel}.\n\n{lines}"),
    Milestone.RETURN_OFFERED: Email(
        "you may send it back",
        "it is too late to cancel: parcel {parcel} is on its way to you. If you do not want it, do not accept it. As"
        " soon as it is back with us, you get your money for it back.\n\n{lines}",
    ),
    Milestone.DELIVERED: Email("delivered", "your order has been delivered. Enjoy it!"),
    Milestone.CANCELLED: Email("cancelled", "your order has been cancelled. {never_came}{money}"),
    Milestone.EXPIRED: Email(
        "not paid in time", "we did not receive your payment in time, so your order has expired. {money}"
    ),
    Milestone.REJECTED: Email("not available", "we are sorry: we cannot deliver your order. {reason}{money}"),
}

NEVER_CAME = "What was not in stock has not come in for as long as we could wait for it"


def write_email(
    milestone: Milestone, state: OrderState, shipment: Shipment | None = None, *, due_at: datetime | None = None
) -> Email:
    """Return the e-mail for a milestone that the order or one of its shipments has just reached, or will.

    ``due_at`` is when the order is to be paid, if its state does not say so yet.
    """
    due_at = state.due_at or due_at
    parcel = shipment.parcel if shipment else None
    request = state.request
    words = {
        "total": format_money(state.outstanding, request.currency),
        "due": moment(due_at) if due_at else "now",
        "lines": "\n".join(line_words(line) for line in _lines(state, shipment)),
        "received": _received(state),
        "address": "\n".join(_address_lines(state.address)),
        "carrier": parcel.carrier if parcel else "",
        "parcel": shipment.parcel_id if shipment else "",
        "reason": f"{state.reason}. " if state.stock_refused == StockRefusal.SHORT else "",
        "money": _money_sentence(state),
        "never_came": f"{NEVER_CAME}. " if state.missing_stock.never_came else "",
    }
    template = TEMPLATES[milestone]
    return _email(request, template.subject.format_map(words), template.body.format_map(words))


def _email(request: OrderRequest, subject: str, text: str) -> Email:
    return Email(f"Order {request.order_id}: {subject}", f"Dear {request.customer.name},\n\n{text.rstrip()}\n")


def _lines(state: OrderState, shipment: Shipment | None) -> list[OrderLine]:
    """Return what is in a shipment, or all that is not cancelled, services and discounts included."""
    ordered = state.prices.ordered
    if shipment is not None:
        inside = state.prices.find(shipment.lines, ordered)
    else:
        discounts = {number: line.quantity for number, line in enumerate(state.request.lines, 1) if line.unit_price < 0}
        inside = ordered - Counter({line.line: line.quantity for line in state.cancelled_lines}) + Counter(discounts)
    return [
        line.model_copy(update={"quantity": inside[number]})
        for number, line in enumerate(state.request.lines, start=1)
        if inside[number]
    ]


def _address_lines(address: Address) -> list[str]:
    parts = (address.name, address.line1, address.line2, address.place, address.country)
    return [part for part in parts if part]


def _received(state: OrderState) -> str:
    currency = state.request.currency
    payments = state.payments.paying or state.payments.parts
    received = sum(payment.confirmation.amount for payment in payments)
    excess = received - state.amount_due
    back = f" ({format_money(excess, currency)} of it goes back to you)" if excess > 0 else ""
    return format_money(received, currency) + back


def _money_sentence(state: OrderState) -> str:
    if not any(payment.refund_owed for payment in state.payments.counted):
        return "You have not been charged."
    # A payment that did not pay the order has an e-mail of its own.
    with_order = [
        payment.words(payment.refunded_at_end)
        for payment in state.payments.ending_with_order
        if payment.refunded_at_end
    ]
    return f"You get back {' and '.join(with_order)}." if with_order else ""


PAYMENT = "payment"
"""First part of the key of an e-mail about a payment; keys of other e-mails have two parts."""


def returned_key(payment_id: str) -> str:
    """Return the key of the e-mail about a returned payment, whoever sends it."""
    return key_of(PAYMENT, payment_id, "returned")


def write_returned_email(order_id: str, name: str | None, money: str, why: str) -> Email:
    """Return the e-mail about a payment that went back and did not pay its order."""
    return Email(
        subject=f"Order {order_id}: {money} goes back to you",
        body=f"Dear {name or 'customer'},\n\nwe have received {money} for order {order_id}, and have sent it back to"
        f" you: {why}.\n",
    )


def write_not_coming_email(state: OrderState, lines: Sequence[ReservedLine], back: int) -> Email:
    """Return the e-mail about back-ordered pieces that are cancelled; ``back`` is what is paid back for them."""
    request = state.request
    if back:
        money = f"You get back {format_money(back, request.currency)}."
    else:
        money = "" if state.payments.paying else f"It now costs {format_money(state.amount_due, request.currency)}."
    text = f"{NEVER_CAME}, and is cancelled. The rest of your order goes on. {money}".rstrip()
    return _email(request, "not all of it will come", f"{text}\n\n{_named(state, lines)}")


def _named(state: OrderState, lines: Sequence[ReservedLine]) -> str:
    return "\n".join(pieces_of(line.quantity, _name(state, line)) for line in lines)


def _name(state: OrderState, line: ReservedLine) -> str:
    if isinstance(line, PricedLine):
        return state.request.lines[line.line - 1].name
    return next(each.name for each in state.request.lines if each.sku == line.sku)


def write_amount_refund_email(request: OrderRequest, money: str) -> Email:
    """Return the e-mail about a refund of an amount."""
    return _email(request, f"you get back {money}", f"we have sent {money} back to you.")


def write_late_refund_email(order_id: str, name: str, money: str, what_for: str) -> Email:
    """Return the e-mail about a refund after delivery."""
    text = f"we have sent {money} back to you, for {what_for}."
    return Email(f"Order {order_id}: you get back {money}", f"Dear {name},\n\n{text}\n")


def write_line_refund_email(state: OrderState, money: str, lines: Sequence[ReservedLine]) -> Email:
    """Return the e-mail about a refund of some lines."""
    text = f"we have sent {money} back to you, for\n\n{_named(state, lines)}"
    return _email(state.request, f"you get back {money}", text)
