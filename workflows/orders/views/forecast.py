"""What an order does by itself if nobody acts: reminders, the end of its payment window, its parcels' steps."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from workflows.orders.goods.shipments import PARCEL_TROUBLE, Shipment, Step, count
from workflows.orders.state import OrderState
from workflows.orders.views.actions import undo_effect
from workflows.orders.views.wording import pieces
from workflows.shared.forecast import NextEvent, upcoming

AFTER = {
    Step.PICK: "the pieces of {} are picked, and packed next",
    Step.PACK: "{} is packed, and made ready to ship next",
    Step.SHIP: "{} goes to the carrier",
    Step.DELIVER: "{} counts as delivered",
}
"""What the end of each step brings."""

LOOK_WITHIN = timedelta(days=30)
"""How long an order that ended unpaid stays open for somebody to look at what may have been its payment."""


def forecast(state: OrderState) -> list[NextEvent]:
    """Return what the order does by itself; nothing while it is being undone, as that waits for nobody."""
    if state.ended:
        asks = "its workflow closes, whether or not somebody has looked at the refused signals"
        return upcoming([(state.stage_since + LOOK_WITHIN, asks)] if state.asking_signals else [])
    if state.closing_as is not None or state.cancelling is not None:
        return []
    return upcoming([*_window(state), *(event for one in state.live_shipments for event in _shipment(state, one))])


def _window(state: OrderState) -> Iterator[tuple[datetime, str]]:
    window = state.pay_by
    if window is None or state.is_paid:
        return
    before = timedelta(seconds=state.policy.reminder_seconds)
    if before and state.now < (reminder := window.remind_at(before)) and not state.payments.parked:
        yield reminder, "the customer is reminded to pay"
    yield window.at, f"the order expires, if it is not paid: {undo_effect(state)}"


def _shipment(state: OrderState, shipment: Shipment) -> Iterator[tuple[datetime, str]]:
    if shipment.awaits:
        if shipment.awaited_until is not None:
            yield (
                shipment.awaited_until,
                f"{pieces(count(shipment.awaits))} that have not come in are cancelled",
            )
        return
    due = shipment.step_due
    if shipment.step is None or due is None or due < state.now or shipment.parcel_status in PARCEL_TROUBLE:
        return
    yield due, AFTER[shipment.step].format(f"parcel {shipment.parcel_id}")
