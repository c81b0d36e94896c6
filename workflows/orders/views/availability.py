"""What may happen to an order next, and why not: the rules behind signals, updates and actions."""

from collections.abc import Iterable

from workflows.orders.goods.shipments import PARCEL_TROUBLE, Shipment, Step
from workflows.orders.models import (
    DAY,
    MAX_WINDOW_SECONDS,
    Address,
    CarrierReport,
    OrderStatus,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.state import OrderState

PARCEL_MAY_BECOME = {
    ShipmentStatus.SHIPPED: {ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED},
    ShipmentStatus.LOST: {ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED},
}
"""A lost parcel may turn up; a delivered or returned one changes no more."""

CLOSING = {
    OrderStatus.CANCELLED: "the order is being cancelled",
    OrderStatus.EXPIRED: "the payment window is over",
    OrderStatus.REJECTED: "the order is being rejected",
}


def why_ended(state: OrderState) -> str | None:
    """Return why an order that ends or has ended does nothing more, or None if it goes on."""
    if state.ended:
        return f"the order is {state.status.lower()}"
    return CLOSING[state.closing_as] if state.closing_as else None


def why_not_pay(state: OrderState) -> str | None:
    """Return why the order takes no payment now, or None if it takes one."""
    ended = why_ended(state)
    if ended is not None or not state.is_paid:
        return ended
    return (
        f"the order is paid already, with {state.payments.ids}" if state.payments.paying else "the order costs nothing"
    )


def why_not_extend(state: OrderState, seconds: int = 1) -> str | None:
    """Return why the payment window cannot be extended by so many seconds now, or None if it can."""
    why_not = why_not_pay(state)
    if why_not is not None:
        return why_not
    if state.pay_by is None:
        return "the order does not wait for its payment yet"
    longest = int(state.pay_by.max_extension(state.now).total_seconds())
    if seconds > longest:
        return f"the payment window may end {MAX_WINDOW_SECONDS // DAY} days from now: {max(longest, 0)} seconds more"
    return None


def may_be_redirected(state: OrderState) -> list[Shipment]:
    """Return the shipments that may still go to another address: the carrier has not been told of them."""
    return [
        shipment
        for shipment in state.live_shipments
        if not shipment.hand_over_begun and shipment.reported != ShipmentStatus.SHIPPED
    ]


def why_not_change_address(state: OrderState, address: Address | None = None) -> str | None:
    """Return why the parcels cannot go to that address, or to any other, or None if they can."""
    ended = why_ended(state)
    if ended is not None:
        return ended
    if not state.live_shipments:
        return "there is nothing to ship"
    if not may_be_redirected(state):
        return "the parcel has been handed to the carrier"
    return "that is the address already" if address == state.address else None


def why_not_cancel(state: OrderState) -> str | None:
    """Return why the order cannot be cancelled now, or None if it can, perhaps after the warehouse has agreed."""
    ended = why_ended(state)
    if ended is not None:
        return ended
    if state.cancelling is not None:
        return "the warehouse is being asked whether it can stop"
    return None if cancellable(state) else why_rest_goes_on(state) or None


def cancellable(state: OrderState) -> list[Shipment]:
    """Return the shipments that can be cancelled, some perhaps only if the warehouse agrees."""
    return [shipment for shipment in state.live_shipments if _why_not_stop(shipment) is None]


def why_rest_goes_on(state: OrderState) -> str:
    """Return why some shipments cannot be cancelled; empty if all can."""
    return _joined(map(_why_not_stop, state.live_shipments))


def _why_not_stop(shipment: Shipment) -> str | None:
    """Return why a shipment cannot be stopped, or None: until the carrier has it, or after it lost or returned it."""
    if shipment.parcel is not None:
        return None if shipment.parcel.status in PARCEL_TROUBLE else "the parcel has been handed to the carrier"
    if shipment.reported == ShipmentStatus.SHIPPED:
        return "the parcel has been handed to the carrier"
    if shipment.handing_over:
        return "the parcel is being handed to the carrier"
    if shipment.not_stopped is not None and not shipment.hand_over_failed:
        return f"the warehouse does not stop: {shipment.not_stopped}"
    return None


def warehouse_must_agree(shipment: Shipment) -> bool:
    """Return whether the warehouse works on it and must be asked before it is cancelled."""
    return shipment.in_warehouse and not shipment.hand_over_failed


def why_not_report(state: OrderState, report: ShipmentReport) -> str | None:
    """Return why the report cannot be true, or None."""
    nowhere = None if why_ended(state) else why_no_such_parcel(state, report)
    why_not = nowhere or why_not_report_anything(state)
    if why_not is not None or reported_shipments(state, report):
        return why_not
    return _joined(_why_untrue(shipment, report) for shipment in named_shipments(state, report))


def why_no_such_parcel(state: OrderState, report: CarrierReport) -> str | None:
    """Return why the report is about none of the order's parcels, or None."""
    if report.parcel_id is None or named_shipments(state, report):
        return None
    known = ", ".join(shipment.parcel_id for shipment in state.shipments)
    return f"the order has no parcel {report.parcel_id}, only {known}"


def reported_shipments(state: OrderState, report: ShipmentReport) -> list[Shipment]:
    """Return the shipments that the report can be true of."""
    return [shipment for shipment in named_shipments(state, report) if _why_untrue(shipment, report) is None]


def named_shipments(state: OrderState, report: CarrierReport) -> list[Shipment]:
    """Return the shipments that the report is about."""
    return [shipment for shipment in state.live_shipments if report.parcel_id in (None, shipment.parcel_id)]


def why_not_report_anything(state: OrderState) -> str | None:
    """Return why no report can be true now, or None."""
    ended = why_ended(state)
    if ended is not None:
        return ended
    if not state.live_shipments:
        return "there is nothing to ship"
    reasons = [_why_no_report(shipment) for shipment in state.live_shipments]
    return None if None in reasons else _joined(reasons)


def _why_no_report(shipment: Shipment) -> str | None:
    """Return why there is nothing to report about a shipment now, or None."""
    if shipment.parcel is not None:
        may_change = shipment.parcel.status in PARCEL_MAY_BECOME
        return None if may_change else f"parcel {shipment.parcel_id} is {shipment.parcel.status}"
    if not shipment.in_warehouse:
        return "there is no parcel yet"
    return "the parcel is being handed to the carrier" if shipment.handing_over else None


def _why_untrue(shipment: Shipment, report: ShipmentReport) -> str | None:
    nothing = _why_no_report(shipment)
    if nothing is not None:
        return nothing
    if shipment.parcel is not None:
        if report.status not in PARCEL_MAY_BECOME[shipment.parcel.status]:
            return f"parcel {shipment.parcel_id} is {shipment.parcel.status}, so it cannot become {report.status}"
    elif report.status not in (ShipmentStatus.PICKED, ShipmentStatus.SHIPPED):
        return "there is no parcel yet; the warehouse may report picked or shipped, without a parcel_id"
    elif report.status == ShipmentStatus.PICKED and shipment.step != Step.PICK:
        return "the pieces are picked already"
    return None


def _joined(reasons: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
