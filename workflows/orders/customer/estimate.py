"""Estimates when an order will arrive."""

from datetime import datetime, timedelta

from workflows.orders.customer.delivery_days import DeliveryDays
from workflows.orders.goods.shipments import Step
from workflows.orders.models import OrderStatus
from workflows.orders.policy import MIN_STEP_IN_DAYS
from workflows.orders.state import OrderState
from workflows.orders.views.models import DeliveryEstimate
from workflows.orders.views.wording import duration

STEPS = tuple(Step)


def estimate_delivery(state: OrderState, now: datetime) -> DeliveryEstimate:
    """Return the earliest and latest delivery, from the steps that remain ``now``.

    The earliest assumes that every step takes its usual time and that the customer pays at once; the latest allows one
    step more, and a payment at the last moment. If steps take an hour or more, both move to the next working day of
    the country that the parcel goes to. (The built-in carrier's timers ignore calendars and may be earlier.)
    """
    earliest, latest, basis = _estimate(state, now)
    return DeliveryEstimate(order_id=state.request.order_id, earliest=earliest, latest=latest, basis=basis)


def _estimate(state: OrderState, now: datetime) -> tuple[datetime | None, datetime | None, str]:
    parcels = [shipment.parcel for shipment in state.shipments if shipment.parcel is not None]
    if state.status == OrderStatus.DELIVERED and parcels:
        arrived = max(parcel.updated_at for parcel in parcels)
        return arrived, arrived, "delivered"
    if state.ended or state.closing_as is not None or state.status == OrderStatus.NEEDS_ACTION:
        return None, None, f"no delivery: {state.reason}" if state.reason else "no delivery"
    if not state.live_shipments:
        return None, None, "there is nothing to ship"
    if state.seconds_per_step is None:
        return None, None, "how long a step takes is not known yet"
    per_step = timedelta(seconds=state.seconds_per_step)
    last = state.last_shipment
    if last.step is not None and last.step_due is not None:
        earliest, latest, basis = _from_step(last.step, max(last.step_due, now), per_step)
    else:
        earliest, latest, basis = _from_payment(state, now, per_step)
    if per_step < MIN_STEP_IN_DAYS:
        return earliest, latest, basis
    days = DeliveryDays(state.address.country, state.days_off)
    earliest, latest = days.next_from(earliest), days.next_from(latest)
    return earliest, latest, f"{basis}; {days.in_words()}"


def _from_step(step: Step, step_due: datetime, per_step: timedelta) -> tuple[datetime, datetime, str]:
    more = len(STEPS) - STEPS.index(step) - 1
    earliest = step_due + more * per_step
    then = f", then {more} more step{'s' if more > 1 else ''} of {duration(per_step)}" if more else ""
    return earliest, earliest + per_step, f"{step}{then}"


def _from_payment(state: OrderState, now: datetime, per_step: timedelta) -> tuple[datetime, datetime, str]:
    all_steps = len(STEPS) * per_step
    words = f"{len(STEPS)} steps of {duration(per_step)}"
    earliest = now + all_steps
    if state.is_paid:
        return earliest, earliest + per_step, words
    paid_at_the_latest = state.due_at or now + timedelta(seconds=state.request.payment_window_seconds)
    return earliest, max(paid_at_the_latest, now) + all_steps + per_step, f"{words} after the payment"
