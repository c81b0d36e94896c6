"""Reports of a carrier or warehouse that come before there is a parcel: they are kept until there is one."""

from workflows.orders.goods.shipments import Shipment
from workflows.orders.models import ShipmentReport, ShipmentStatus
from workflows.orders.state import OrderState
from workflows.orders.views.availability import named_shipments, why_ended

FROM_WAREHOUSE = frozenset({ShipmentStatus.PICKED, ShipmentStatus.SHIPPED})


def keep_early(state: OrderState, report: ShipmentReport) -> bool:
    """Keep a report that may be true later, and return whether it may."""
    if why_ended(state) is not None:
        return False
    waiting = [shipment for shipment in named_shipments(state, report) if _may_be_true_later(shipment, report)]
    for shipment in waiting:
        shipment.early.append(report)
        state.note(f"reported {report.status} before there is parcel {shipment.parcel_id}: kept until there is")
    if waiting:
        return True
    if report.parcel_id is None or not state.may_be_split or not report.parcel_id.startswith(_prefix(state)):
        return False
    state.early_reports.append(report)
    state.note(f"reported {report.status} of {report.parcel_id}: kept until it is known what the order ships")
    return True


def hand_out(state: OrderState) -> None:
    """Give the reports about parcels that were not known to those that are by now, or refuse them."""
    reports, state.early_reports = state.early_reports, []
    for report in reports:
        named = named_shipments(state, report)
        for shipment in named:
            shipment.early.append(report)
        if not named:
            state.refuse("report_shipment", f"the order has no parcel {report.parcel_id}")


def take_from_warehouse(shipment: Shipment) -> None:
    """Apply what the warehouse reported before it was to begin."""
    for report in shipment.early:
        if report.status in FROM_WAREHOUSE and shipment.reported != ShipmentStatus.SHIPPED:
            shipment.reported = report.status
    shipment.early = [report for report in shipment.early if report.status not in FROM_WAREHOUSE]


def _may_be_true_later(shipment: Shipment, report: ShipmentReport) -> bool:
    at_work = shipment.in_warehouse and not shipment.handing_over
    return shipment.parcel is None and not (at_work and report.status in FROM_WAREHOUSE)


def _prefix(state: OrderState) -> str:
    return f"{state.request.order_id}-P"
