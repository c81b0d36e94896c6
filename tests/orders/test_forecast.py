"""What an order does by itself if nobody acts."""

from datetime import UTC, datetime, timedelta

from tests.orders.test_actions import NOON, state_of
from workflows.orders.goods.shipments import Step
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.payments.records import Deadline
from workflows.orders.policy import OrderPolicy
from workflows.orders.state import OrderState
from workflows.orders.views.forecast import LOOK_WITHIN, forecast

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def told(state: OrderState) -> list[tuple[datetime, str]]:
    return [(event.at, event.what) for event in forecast(state)]


def test_an_unpaid_order_reminds_and_expires_and_says_what_is_free_again() -> None:
    state = state_of(OrderStatus.AWAITING_PAYMENT)
    state.policy = OrderPolicy(reminder_seconds=3600)
    state.pay_by = Deadline.first(NOON, DAY)
    expires = (NOON + DAY, "the order expires, if it is not paid: releases 3 pieces, no refund due")
    assert told(state) == [(NOON + DAY - HOUR, "the customer is reminded to pay"), expires]
    state.policy = OrderPolicy(reminder_seconds=0)
    assert told(state) == [expires]
    state.close_as(OrderStatus.CANCELLED, "because")
    assert told(state) == []


def test_parcels_go_on_by_themselves_and_missing_pieces_are_cancelled() -> None:
    state = state_of(OrderStatus.FULFILLING, paid=True)
    (shipment,) = state.shipments
    shipment.step_due = NOON + HOUR
    name = shipment.parcel_id
    steps = {}
    for step in Step:
        shipment.step = step
        [(at, steps[step])] = told(state)
        assert at == NOON + HOUR
    assert steps[Step.SHIP] == f"parcel {name} goes to the carrier"
    assert steps[Step.DELIVER] == f"parcel {name} counts as delivered"
    shipment.awaits, shipment.awaited_until = shipment.lines[:1], NOON + DAY
    assert told(state) == [(NOON + DAY, "2 pieces that have not come in are cancelled")]
    lost = state_of(OrderStatus.SHIPPED, paid=True, parcel=ShipmentStatus.LOST)
    lost.shipments[0].step_due = NOON + HOUR
    assert told(lost) == []


def test_an_order_that_ended_waits_for_a_look_at_what_may_have_been_its_payment() -> None:
    state = state_of(OrderStatus.EXPIRED)
    assert told(state) == []
    state.refuse_invalid("confirm_payment", "amount: needed")
    [(at, what)] = told(state)
    assert at == datetime(2025, 1, 31, 12, tzinfo=UTC) + LOOK_WITHIN
    assert "closes" in what
