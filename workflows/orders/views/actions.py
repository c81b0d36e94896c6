"""The actions of an order, with their effects in words and figures."""

from datetime import timedelta

from workflows.orders.access import ORDER
from workflows.orders.goods.shipments import Shipment, Step, count
from workflows.orders.goods.short_stock import shortage_effect, why_not_decide_shortage
from workflows.orders.models import MAX_WINDOW_SECONDS, OrderStatus, ShipmentStatus
from workflows.orders.payments.held_refunds import for_second_person, held_actions
from workflows.orders.payments.judging import paying_with, why_not_accept, why_not_decide_payments
from workflows.orders.payments.records import Payment
from workflows.orders.payments.refund_limits import with_limits
from workflows.orders.payments.refund_rules import (
    AFTER_DELIVERY,
    goes_back,
    refunds_effect,
    why_not_refund_anything,
    why_not_refund_money,
)
from workflows.orders.state import OrderState
from workflows.orders.views.availability import (
    PARCEL_MAY_BECOME,
    cancellable,
    may_be_redirected,
    warehouse_must_agree,
    why_ended,
    why_not_cancel,
    why_not_change_address,
    why_not_extend,
    why_not_pay,
    why_not_report_anything,
)
from workflows.orders.views.models import CaptureStatus, ReservationStatus
from workflows.orders.views.wording import moment, pieces
from workflows.shared.actions import Action, Viewer
from workflows.shared.identity.allowed import for_viewer
from workflows.shared.money import format_money
from workflows.shared.refused_signals import acknowledge_action


def actions_for(state: OrderState, viewer: Viewer | None) -> list[Action]:
    """Return every action as it is for a viewer, by their roles where messages are signed."""
    allowed = with_limits(state, for_viewer(actions(state), viewer, ORDER), viewer)
    return for_second_person(state, allowed, viewer)


def actions(state: OrderState) -> list[Action]:
    """Return every action, legal now or not."""
    return [
        Action.of("confirm_payment", "Confirm payment", lambda: _payment_effect(state), why_not_pay(state)),
        Action.of(
            "extend_payment_window",
            "Extend payment window",
            lambda: _extension_effect(state),
            why_not_extend(state),
            moves=True,
        ),
        Action.of("change_address", "Change address", lambda: _address_effect(state), why_not_change_address(state)),
        Action.of("decide_payment", "Decide payment", lambda: _decision_effect(state), why_not_decide_payments(state)),
        Action.of("decide_shortage", "Decide shortage", lambda: shortage_effect(state), why_not_decide_shortage(state)),
        Action.of("cancel_order", "Cancel order", lambda: _cancel_effect(state), why_not_cancel(state)),
        Action.of("refund_lines", "Refund lines", lambda: refunds_effect(state), why_not_refund_anything(state)),
        Action.of("refund_amount", "Refund amount", lambda: _amount_effect(state), why_not_refund_money(state)),
        Action.of("refund_delivered", AFTER_DELIVERY, lambda: _late_refund_effect(state), _why_no_late_refund(state)),
        state.stuck.action(),
        Action.of("report_shipment", "Report shipment", lambda: _report_effect(state), why_not_report_anything(state)),
        *held_actions(state),
        *acknowledge_action(state.asking_signals),
    ]


def _payment_effect(state: OrderState) -> str:
    money = format_money(state.outstanding, state.request.currency)
    if state.status == OrderStatus.CREATED:
        return f"takes {money}, starts picking once the stock is reserved"
    return f"takes {money}, starts picking"


def _extension_effect(state: OrderState) -> str:
    if state.pay_by is None:
        return ""
    latest = moment(state.now + timedelta(seconds=MAX_WINDOW_SECONDS))
    return f"gives the customer more time to pay than {moment(state.pay_by.at)}, until {latest} at most"


def _address_effect(state: OrderState) -> str:
    redirected = may_be_redirected(state)
    left = [shipment.parcel_id for shipment in state.live_shipments if shipment not in redirected]
    goes_on = f"; parcel {' and '.join(left)} goes on as it is" if left else ""
    address = state.address
    to = ", ".join(filter(None, (address.line1, address.line2, address.place, address.country)))
    return f"now goes to {to}; changes where the pieces go that have not left{goes_on}"


def _decision_effect(state: OrderState) -> str:
    return "; ".join(_parked_effect(state, payment) for payment in state.payments.parked)


def _parked_effect(state: OrderState, payment: Payment) -> str:
    if why_not_accept(state, payment) is not None:
        return f"refunds {payment.money} to {payment.payment_id}"
    paying = paying_with(state, payment)
    excess = sum(each.worth for each in paying) - state.amount_due
    if excess > 0 and len(paying) == 1:
        accepts = f"accepts {payment.payment_id} and refunds {payment.words(excess)} of it"
    else:
        waives = f" and waives {payment.words(-excess)}" if excess < 0 else ""
        refunds = f" and refunds {payment.words(excess)}" if excess > 0 else ""
        accepts = f"accepts {' and '.join(f'{each.money} from {each.payment_id}' for each in paying)}{waives}{refunds}"
    return f"{accepts}, or refunds {payment.money}"


def _cancel_effect(state: OrderState) -> str:
    asked = any(map(warehouse_must_agree, cancellable(state)))
    return f"asks the warehouse to stop, then {undo_effect(state)}" if asked else undo_effect(state)


def undo_effect(state: OrderState) -> str:
    """Return what ending the order now would undo: money that goes back, and stock that is free again."""
    stopped = cancellable(state)
    goes_on = [shipment for shipment in state.live_shipments if shipment not in stopped]
    if goes_on:
        gone = ", ".join(_stock_effect(shipment) for shipment in stopped)
        lines = [line for shipment in stopped for line in shipment.lines]
        paid = state.is_paid
        value = goes_back(state, lines) if paid else state.value_of(lines)
        money = format_money(value, state.request.currency)
        back = f"refunds {money}" if paid else f"costs {money} less"
        kept = " and ".join(shipment.parcel_id for shipment in goes_on)
        return f"{f'{back}, ' if value else ''}{gone}; parcel {kept} goes on"
    stock = ", ".join(dict.fromkeys(_stock_effect(shipment) for shipment in state.live_shipments))
    refunds = _refund_effect(state)
    return ", ".join(filter(None, (refunds, stock, "" if refunds else "no refund due")))


def _refund_effect(state: OrderState) -> str:
    kept = [payment for payment in (*state.payments.paying, *state.payments.parked) if payment.left]
    return ", ".join(f"refunds {payment.words(payment.left)} to {payment.payment_id}" for payment in kept)


def _stock_effect(shipment: Shipment) -> str:
    if shipment.awaits:
        stops = f"stops waiting for {pieces(count(shipment.awaits))}"
        reserved = shipment.pieces - count(shipment.awaits)
        return f"{stops} and releases {pieces(reserved)}" if shipment.reservations else stops
    if not shipment.reservations:
        return "stops reserving stock"
    some = pieces(shipment.pieces)
    if not (shipment.parcel or shipment.holds(ReservationStatus.CONSUMED)):
        return f"releases {some}"
    returned = shipment.parcel_status == ShipmentStatus.RETURNED
    return f"puts {some} back into stock" if returned else f"books {some} as lost"


def _amount_effect(state: OrderState) -> str:
    left = format_money(state.payments.left, state.request.currency)
    return f"refunds some of the {left} that is left of {state.payments.ids}, and changes nothing else"


def _why_no_late_refund(state: OrderState) -> str | None:
    """Return why the order's end does not allow refunds after it; what has gone back since, the ledger knows."""
    if not state.ended:
        return why_ended(state) or "the order is not delivered yet; refund lines or an amount of it"
    if state.status != OrderStatus.DELIVERED:
        return f"the order is {state.status.lower()}"
    return None if sum(_left_at_the_end(state).values()) else "no money is left of it"


def _late_refund_effect(state: OrderState) -> str:
    at_the_end = _left_at_the_end(state)
    left, ids = format_money(sum(at_the_end.values()), state.request.currency), " and ".join(at_the_end)
    return (
        f"refunds lines or an amount of the {left} that was left of {ids} at the end; what comes back goes into stock"
    )


def _left_at_the_end(state: OrderState) -> dict[str, int]:
    """Return what was left of each payment that paid the order, in this run or in one before."""
    if state.before is None:
        return {payment.payment_id: payment.left for payment in state.payments.paying}
    applied = [payment for payment in state.before.payments if payment.status == CaptureStatus.APPLIED]
    return {payment.payment_id: payment.left for payment in applied}


def _report_effect(state: OrderState) -> str:
    return "; ".join(filter(None, map(_parcel_effect, state.live_shipments)))


def _parcel_effect(shipment: Shipment) -> str:
    if shipment.parcel is None:
        ends = "picked or shipped" if shipment.step == Step.PICK else "shipped"
        return f"the warehouse is done early: {ends}" if shipment.in_warehouse else ""
    may_become = [status for status in ShipmentStatus if status in PARCEL_MAY_BECOME.get(shipment.parcel.status, ())]
    if not may_become:
        return ""
    return f"moves parcel {shipment.parcel_id} on: {', '.join(may_become[:-1])} or {may_become[-1]}"
