"""What people may do to an order, with the effect in words and figures."""

from workflows.orders.models import OrderStatus, ReservationStatus, ShipmentStatus
from workflows.orders.rules import PARCEL_MAY_BECOME, why_no_cancel, why_no_payment, why_no_shipments
from workflows.orders.state import OrderState, Step
from workflows.orders.words import pieces
from workflows.shared.actions import Action
from workflows.shared.money import format_money


def legal_actions(state: OrderState) -> list[Action]:
    """Return every action, legal now or not."""
    return [
        _action("confirm_payment", "Confirm payment", why_no_payment(state), _payment_effect(state)),
        _action("cancel_order", "Cancel", why_no_cancel(state), cancel_effect(state)),
        _action("report_shipment", "Report shipment", why_no_shipments(state), _shipment_effect(state)),
    ]


def _action(name: str, label: str, why_not: str | None, effect: str) -> Action:
    return Action.legal(name, label, effect) if why_not is None else Action.illegal(name, label, why_not)


def _payment_effect(state: OrderState) -> str:
    money = format_money(state.request.total, state.request.currency)
    if state.status == OrderStatus.CREATED:
        return f"takes {money}, starts picking once the stock is reserved"
    return f"takes {money}, starts picking"


def cancel_effect(state: OrderState) -> str:
    """Return what cancelling would undo."""
    return f"{_refund_effect(state)}, {_stock_effect(state)}" if state.payments.accepted else _unpaid_effect(state)


def _unpaid_effect(state: OrderState) -> str:
    return f"{_stock_effect(state)}, no refund due"


def _refund_effect(state: OrderState) -> str:
    payment = state.payments.accepted
    return f"refunds {payment.money} to {payment.payment_id}" if payment else "no refund due"


def _stock_effect(state: OrderState) -> str:
    some = pieces(state.request.pieces)
    if state.reservation is None:
        return "stops reserving stock"
    if state.reservation.status != ReservationStatus.CONSUMED:
        return f"releases {some}"
    returned = state.parcel is not None and state.parcel.status == ShipmentStatus.RETURNED
    return f"puts {some} back into stock" if returned else f"books {some} as lost"


def _shipment_effect(state: OrderState) -> str:
    if state.parcel is None:
        ends = ("picked", "shipped") if state.step == Step.PICK else ("shipped",)
        return f"the warehouse is done early: {' or '.join(ends)}"
    may_become = [status for status in ShipmentStatus if status in PARCEL_MAY_BECOME.get(state.parcel.status, ())]
    return (
        f"moves parcel {state.parcel.parcel_id} on: {', '.join(may_become[:-1])} or {may_become[-1]}"
        if may_become
        else ""
    )
