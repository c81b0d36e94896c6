"""What an order may do next, and why not: the one place that signals, actions and their reasons come from."""

from dataclasses import dataclass
from enum import Enum, auto

from workflows.orders.models import OrderStatus, PaymentConfirmation, ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState, Step
from workflows.shared.money import format_money

BEFORE_PARCEL = frozenset({OrderStatus.CREATED, OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID, OrderStatus.FULFILLING})

PARCEL_MAY_BECOME = {
    ShipmentStatus.SHIPPED: {ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED},
    ShipmentStatus.LOST: {ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED},
}
"""A lost parcel may turn up; one that was delivered or came back has reached its end."""


class PaymentVerdict(Enum):
    """What happens to the money of a confirmation."""

    ACCEPT = auto()
    """It pays the order."""
    REFUND = auto()
    """It is recorded and sent back."""
    IGNORE = auto()
    """It is known; nothing happens again."""
    CONTRADICTION = auto()
    """It says something else about a payment that is known: nothing happens."""


@dataclass(frozen=True)
class PaymentRuling:
    """The verdict, with the reason where the payment does not pay the order."""

    verdict: PaymentVerdict
    reason: str = ""
    wrong_amount: bool = False
    """Whether it would have paid the order, had it been the right amount."""


def judge_payment(state: OrderState, payment: PaymentConfirmation) -> PaymentRuling:
    """Decide about a confirmation. The gateway has the money already, so none may be dropped."""
    known = state.payments.get(payment.payment_id)
    money = format_money(payment.amount, payment.currency)
    if known is not None and known.same_money(payment):
        return PaymentRuling(PaymentVerdict.IGNORE)
    if known is not None:
        reason = f"payment {payment.payment_id} was confirmed with {known.money} before, now with {money}"
        return PaymentRuling(PaymentVerdict.CONTRADICTION, f"{reason}; the first counts")
    goes_back = f"{money} goes back to {payment.payment_id}"
    why_not = why_no_payment(state)
    if why_not is not None:
        return PaymentRuling(PaymentVerdict.REFUND, f"{why_not}; {goes_back}")
    if (payment.amount, payment.currency) != (state.request.total, state.request.currency):
        price = format_money(state.request.total, state.request.currency)
        return PaymentRuling(
            PaymentVerdict.REFUND, f"the order costs {price}, not {money}; {goes_back}", wrong_amount=True
        )
    return PaymentRuling(PaymentVerdict.ACCEPT)


def why_no_payment(state: OrderState) -> str | None:
    """Return why the order takes no payment now, or None if it takes one."""
    if state.closing_as or state.ended:
        return _how_it_ends(state)
    if state.payments.accepted is not None:
        return f"the order is paid already, with {state.payments.accepted.payment_id}"
    return None


def why_no_cancel(state: OrderState) -> str | None:
    """Return why the order cannot be cancelled now, or None if it can: until the carrier has the parcel, or lost it."""
    if state.closing_as or state.ended:
        return _how_it_ends(state)
    if state.status == OrderStatus.NEEDS_ACTION:
        return None
    if state.parcel is not None or state.warehouse_report == ShipmentStatus.SHIPPED:
        return "the parcel has been handed to the carrier"
    if state.handing_over:
        return "the parcel is being handed to the carrier"
    return None if state.status in BEFORE_PARCEL else "the parcel has been handed to the carrier"


def why_no_shipment(state: OrderState, report: ShipmentReport) -> str | None:
    """Return why the report cannot be true, or None if the order believes it."""
    why_not = why_no_shipments(state)
    if why_not is not None:
        return why_not
    if state.parcel is None:
        return _why_not_in_warehouse(state, report)
    if report.parcel_id not in (None, state.parcel.parcel_id):
        return f"the order has no parcel {report.parcel_id}, only {state.parcel.parcel_id}"
    if report.status not in PARCEL_MAY_BECOME.get(state.parcel.status, ()):
        return f"parcel {state.parcel.parcel_id} is {state.parcel.status}, so it cannot become {report.status}"
    return None


def why_no_shipments(state: OrderState) -> str | None:
    """Return why no report at all makes sense now, or None."""
    if state.closing_as or state.ended:
        return _how_it_ends(state)
    if state.parcel is None and state.status != OrderStatus.FULFILLING:
        return "there is no parcel yet"
    if state.parcel is None and state.handing_over:
        return "the parcel is being handed to the carrier"
    if state.parcel is not None and state.parcel.status not in PARCEL_MAY_BECOME:
        return f"parcel {state.parcel.parcel_id} is {state.parcel.status}"
    return None


def _why_not_in_warehouse(state: OrderState, report: ShipmentReport) -> str | None:
    if report.parcel_id is not None or report.status not in (ShipmentStatus.PICKED, ShipmentStatus.SHIPPED):
        return "there is no parcel yet; the warehouse may report picked or shipped, without a parcel_id"
    if report.status == ShipmentStatus.PICKED and state.step != Step.PICK:
        return "the pieces are picked already"
    return None


def _how_it_ends(state: OrderState) -> str:
    if state.ended:
        return f"the order is {state.status.lower()}"
    ends = {
        OrderStatus.CANCELLED: "the order is being cancelled",
        OrderStatus.EXPIRED: "the payment window is over",
        OrderStatus.REJECTED: "the order is being rejected",
    }
    return ends[state.closing_as] if state.closing_as else ""
