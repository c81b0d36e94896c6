"""What people may do to an order, with the effect in words and figures."""

from datetime import timedelta

from workflows.orders.edition import Edition
from workflows.orders.goods.shipments import Shipment, Step
from workflows.orders.goods.shortage_rules import shortage_effect, why_no_shortage_decision
from workflows.orders.models import LONGEST_WINDOW_SECONDS, OrderStatus, ReservationStatus, ShipmentStatus
from workflows.orders.payments.judging import why_no_acceptance, why_no_decisions
from workflows.orders.payments.records import Payment
from workflows.orders.payments.refund_rules import refunds_effect, why_no_refunds
from workflows.orders.state import OrderState
from workflows.orders.steps.rules import resolve_action
from workflows.orders.views.availability import (
    PARCEL_MAY_BECOME,
    cancellable,
    warehouse_must_agree,
    why_no_cancel,
    why_no_extension,
    why_no_payment,
    why_no_shipments,
)
from workflows.orders.views.wording import moment, pieces
from workflows.shared.actions import Action
from workflows.shared.money import format_money


def legal_actions(state: OrderState) -> list[Action]:
    """Return every action, legal now or not."""
    return [
        _action("confirm_payment", "Confirm payment", why_no_payment(state), _payment_effect(state)),
        _action("extend_payment_window", "Extend window", why_no_extension(state), _extension_effect(state)),
        _action("decide_payment", "Decide payment", why_no_decisions(state), _decision_effect(state)),
        _action("decide_shortage", "Decide shortage", why_no_shortage_decision(state), _shortage_effect(state)),
        _action("cancel_order", "Cancel", why_no_cancel(state), cancel_effect(state)),
        _action("refund_lines", "Refund lines", why_no_refunds(state), refunds_effect(state)),
        resolve_action(state.stuck),
        _action("report_shipment", "Report shipment", why_no_shipments(state), _shipment_effect(state)),
    ]


def _action(name: str, label: str, why_not: str | None, effect: str) -> Action:
    return Action.legal(name, label, effect) if why_not is None else Action.illegal(name, label, why_not)


def _payment_effect(state: OrderState) -> str:
    money = format_money(state.amount_due, state.request.currency)
    if state.status == OrderStatus.CREATED:
        return f"takes {money}, starts picking once the stock is reserved"
    return f"takes {money}, starts picking"


def _extension_effect(state: OrderState) -> str:
    if state.pay_by is None:
        return ""
    most = moment(state.now + timedelta(seconds=LONGEST_WINDOW_SECONDS))
    return f"gives the customer more time to pay than {moment(state.pay_by.at)}, until {most} at most"


def _decision_effect(state: OrderState) -> str:
    return "; ".join(_what_may_become_of(state, payment) for payment in state.payments.parked)


def _what_may_become_of(state: OrderState, payment: Payment) -> str:
    if why_no_acceptance(state, payment) is not None:
        return f"refunds {payment.money} to {payment.payment_id}"
    excess = payment.confirmation.amount - state.amount_due
    if excess > 0:
        accepts = f"accepts {payment.payment_id} and refunds {payment.words(excess)} of it"
    else:
        waives = f" and waives {payment.words(-excess)}" if excess else ""
        accepts = f"accepts {payment.money} from {payment.payment_id}{waives}"
    return f"{accepts}, or refunds {payment.money}"


def cancel_effect(state: OrderState) -> str:
    """Return what cancelling would undo."""
    asked = state.edition > Edition.FIRST and any(map(warehouse_must_agree, cancellable(state)))
    return f"asks the warehouse to stop, then {_undo_effect(state)}" if asked else _undo_effect(state)


def _undo_effect(state: OrderState) -> str:
    stopped = cancellable(state)
    goes_on = [shipment for shipment in state.live_shipments if shipment not in stopped]
    if goes_on:
        gone = ", ".join(_what_becomes_of(shipment) for shipment in stopped)
        value = format_money(sum(state.value_of(shipment.lines) for shipment in stopped), state.request.currency)
        back = f"refunds {value}" if state.payments.accepted else f"costs {value} less"
        kept = " and ".join(shipment.parcel_id for shipment in goes_on)
        return f"{back}, {gone}; parcel {kept} goes on"
    refunds = _refund_effect(state)
    return f"{refunds}, {_stock_effect(state)}" if refunds else f"{_stock_effect(state)}, no refund due"


def _refund_effect(state: OrderState) -> str:
    kept = [payment for payment in (state.payments.accepted, *state.payments.parked) if payment and payment.left]
    return ", ".join(f"refunds {payment.words(payment.left)} to {payment.payment_id}" for payment in kept)


def _shortage_effect(state: OrderState) -> str:
    return shortage_effect(state) if state.short_of.asks else ""


def _stock_effect(state: OrderState) -> str:
    return ", ".join(dict.fromkeys(_what_becomes_of(shipment) for shipment in state.live_shipments))


def _what_becomes_of(shipment: Shipment) -> str:
    some = pieces(shipment.pieces)
    if shipment.awaits:
        return f"stops waiting for {pieces(sum(line.quantity for line in shipment.awaits))}" + (
            f" and releases {pieces(shipment.pieces - sum(line.quantity for line in shipment.awaits))}"
            if shipment.reservations
            else ""
        )
    if not shipment.reservations:
        return "stops reserving stock"
    if not (shipment.left or shipment.holds(ReservationStatus.CONSUMED)):
        return f"releases {some}"
    returned = shipment.parcel_status == ShipmentStatus.RETURNED
    return f"puts {some} back into stock" if returned else f"books {some} as lost"


def _shipment_effect(state: OrderState) -> str:
    return "; ".join(filter(None, map(_report_effect, state.live_shipments)))


def _report_effect(shipment: Shipment) -> str:
    if shipment.parcel is None:
        ends = ("picked", "shipped") if shipment.step == Step.PICK else ("shipped",)
        return f"the warehouse is done early: {' or '.join(ends)}" if shipment.in_warehouse else ""
    may_become = [status for status in ShipmentStatus if status in PARCEL_MAY_BECOME.get(shipment.parcel.status, ())]
    return (
        f"moves parcel {shipment.parcel_id} on: {', '.join(may_become[:-1])} or {may_become[-1]}" if may_become else ""
    )
