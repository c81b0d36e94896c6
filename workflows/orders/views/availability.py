"""What an order may do next, and why not: the one place that signals, actions and their reasons come from."""

from collections.abc import Iterable

from workflows.orders.edition import Edition
from workflows.orders.goods.shipments import Shipment, Step
from workflows.orders.models import DAY, LONGEST_WINDOW_SECONDS, OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState

BEFORE_PARCEL = frozenset({OrderStatus.CREATED, OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID, OrderStatus.FULFILLING})

PARCEL_MAY_BECOME = {
    ShipmentStatus.SHIPPED: {ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED},
    ShipmentStatus.LOST: {ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED},
}
"""A lost parcel may turn up; one that was delivered or came back has reached its end."""


def why_no_payment(state: OrderState) -> str | None:
    """Return why the order takes no payment now, or None if it takes one."""
    if state.closing_as or state.ended:
        return how_it_ends(state)
    if state.payments.accepted is not None:
        return f"the order is paid already, with {state.payments.accepted.payment_id}"
    return None


def why_no_extension(state: OrderState, seconds: int = 1) -> str | None:
    """Return why the payment window cannot be made so many seconds longer now, or None if it can."""
    why_not = why_no_payment(state)
    if why_not is not None:
        return why_not
    if state.pay_by is None:
        return "the order does not wait for its payment yet"
    most = int(state.pay_by.longest_extension(state.now).total_seconds())
    if seconds > most:
        return f"the payment window may end {LONGEST_WINDOW_SECONDS // DAY} days from now: {max(most, 0)} seconds more"
    return None


def why_no_cancel(state: OrderState) -> str | None:
    """Return why the order cannot be cancelled now, or None if it can, perhaps after the warehouse has agreed."""
    if state.closing_as or state.ended:
        return how_it_ends(state)
    if state.cancelling is not None:
        return "the warehouse is being asked whether it can stop"
    if state.edition == Edition.FIRST and state.status == OrderStatus.NEEDS_ACTION:
        return None
    return None if cancellable(state) else _joined(map(_why_it_goes_on, state.live_shipments))


def cancellable(state: OrderState) -> list[Shipment]:
    """Return the shipments that can be cancelled, some perhaps only if the warehouse agrees."""
    return [shipment for shipment in state.live_shipments if _why_it_goes_on(shipment) is None]


def why_rest_goes_on(state: OrderState) -> str:
    """Return why those shipments that cannot be cancelled cannot, or nothing when all can."""
    return _joined(map(_why_it_goes_on, state.live_shipments))


def _why_it_goes_on(shipment: Shipment) -> str | None:
    """Return why a shipment cannot be stopped, or None: until the carrier has it, and after it lost or returned it."""
    if shipment.parcel is not None:
        in_trouble = shipment.left and shipment.parcel.status in (ShipmentStatus.LOST, ShipmentStatus.RETURNED)
        return None if in_trouble else "the parcel has been handed to the carrier"
    if shipment.reported == ShipmentStatus.SHIPPED:
        return "the parcel has been handed to the carrier"
    if shipment.handing_over:
        return "the parcel is being handed to the carrier"
    if shipment.not_stopped is not None and not shipment.hand_over_failed:
        return f"the warehouse does not stop: {shipment.not_stopped}"
    return None


def warehouse_must_agree(shipment: Shipment) -> bool:
    """Return whether the warehouse works on it, so that it must be asked before anything else happens to it."""
    return shipment.in_warehouse and shipment.parcel is None and not shipment.hand_over_failed


def why_no_shipment(state: OrderState, report: ShipmentReport) -> str | None:
    """Return why the report cannot be true, or None if the order believes it."""
    why_not = why_no_shipments(state)
    if why_not is not None or shipments_meant(state, report):
        return why_not
    named = [shipment for shipment in state.live_shipments if report.parcel_id in (None, shipment.parcel_id)]
    if not named:
        known = ", ".join(shipment.parcel_id for shipment in state.shipments)
        return f"the order has no parcel {report.parcel_id}, only {known}"
    return _joined(_why_untrue(state, shipment, report) for shipment in named)


def shipments_meant(state: OrderState, report: ShipmentReport) -> list[Shipment]:
    """Return those shipments that the report can be true of."""
    return [shipment for shipment in state.live_shipments if _why_untrue(state, shipment, report) is None]


def why_no_shipments(state: OrderState) -> str | None:
    """Return why no report at all makes sense now, or None."""
    if state.closing_as or state.ended:
        return how_it_ends(state)
    reasons = [_why_silent(shipment) for shipment in state.live_shipments]
    return None if None in reasons else _joined(reasons)


def _why_silent(shipment: Shipment) -> str | None:
    """Return why there is nothing to report about a shipment now, or None."""
    if shipment.parcel is not None and shipment.parcel.status not in PARCEL_MAY_BECOME:
        return f"parcel {shipment.parcel_id} is {shipment.parcel.status}"
    if shipment.parcel is None and not shipment.in_warehouse:
        return "there is no parcel yet"
    return "the parcel is being handed to the carrier" if shipment.parcel is None and shipment.handing_over else None


def _why_untrue(state: OrderState, shipment: Shipment, report: ShipmentReport) -> str | None:
    silent = _why_silent(shipment)
    if silent is not None:
        return silent
    if shipment.parcel is None:
        return _why_not_in_warehouse(state, shipment, report)
    if report.parcel_id not in (None, shipment.parcel_id):
        return f"the order has no parcel {report.parcel_id}, only {shipment.parcel_id}"
    if report.status not in PARCEL_MAY_BECOME.get(shipment.parcel.status, ()):
        return f"parcel {shipment.parcel_id} is {shipment.parcel.status}, so it cannot become {report.status}"
    return None


def _why_not_in_warehouse(state: OrderState, shipment: Shipment, report: ShipmentReport) -> str | None:
    # The first edition took no parcel_id before there was a parcel; the only shipment it has is meant anyhow.
    nameable = (None,) if state.edition == Edition.FIRST else (None, shipment.parcel_id)
    if report.parcel_id not in nameable or report.status not in (ShipmentStatus.PICKED, ShipmentStatus.SHIPPED):
        return "there is no parcel yet; the warehouse may report picked or shipped, without a parcel_id"
    if report.status == ShipmentStatus.PICKED and shipment.step != Step.PICK:
        return "the pieces are picked already"
    return None


def _joined(reasons: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))


def how_it_ends(state: OrderState) -> str:
    """Return, of an order that ends or has ended, what becomes of it."""
    if state.ended:
        return f"the order is {state.status.lower()}"
    ends = {
        OrderStatus.CANCELLED: "the order is being cancelled",
        OrderStatus.EXPIRED: "the payment window is over",
        OrderStatus.REJECTED: "the order is being rejected",
    }
    return ends[state.closing_as] if state.closing_as else ""
