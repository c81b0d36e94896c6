"""Stations of a parcel on its way: noted in the timeline, and nothing else."""

from workflows.orders.models import CarrierReport
from workflows.orders.state import OrderState
from workflows.orders.views.availability import why_ended, why_no_such_parcel

MAX_NOTED = 200
"""Stations that an order notes: a timeline of thousands would be too large for a query."""


def note_waypoint(state: OrderState, report: CarrierReport) -> str | None:
    """Note a station, or refuse the report of one that cannot be true; return what was noted."""
    why_not = why_ended(state) or why_no_such_parcel(state, report)
    if why_not is not None:
        state.refuse("report_shipment", why_not)
        return None
    parcel = f"parcel {report.parcel_id}" if report.parcel_id else "carrier"
    words = f"{parcel}: {report.status.replace('_', ' ')}" + (f", {report.note}" if report.note else "")
    state.waypoints += 1
    if state.waypoints <= MAX_NOTED and state.timeline[-1].text != words:
        state.note(words if state.waypoints < MAX_NOTED else f"{words}; further stations are not noted")
    return f"noted: {words}"
