"""What the order says may be done is what it then does, in every state it can be in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.orders import TOTAL, order, payment
from workflows.orders.customer.estimate import estimate_delivery
from workflows.orders.goods.shipments import Step
from workflows.orders.models import OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.payments.judging import PaymentVerdict, judge_payment
from workflows.orders.payments.records import Payment
from workflows.orders.state import OrderState
from workflows.orders.views.actions import actions
from workflows.orders.views.availability import why_not_cancel, why_not_report
from workflows.orders.views.models import Parcel, Reservation, ReservationStatus, ReservedLine
from workflows.shared.actions import Action

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


def state_of(
    status: OrderStatus,
    *,
    paid: bool = False,
    parcel: ShipmentStatus | None = None,
    closing_as: OrderStatus | None = None,
    reserved: ReservationStatus | None = ReservationStatus.HELD,
) -> OrderState:
    """Return an order as it may be in the middle of its life."""
    state = OrderState(order(fulfilment_seconds_per_step=60), clock=lambda: NOON)
    state.enter(status)
    (shipment,) = state.shipments
    if paid:
        state.payments.add(Payment(payment("pay_8812"), pays_order=True))
    if parcel is not None:
        shipment.parcel = Parcel(parcel_id=shipment.parcel_id, carrier="Test Express", status=parcel, updated_at=NOON)
    if reserved is not None:
        lines = [ReservedLine(sku="SKU-CHAIR", quantity=3)]
        shipment.hold(Reservation(reservation_id="R1", status=reserved, lines=lines))
    if parcel is not None or status == OrderStatus.FULFILLING:
        shipment.step = Step.PICK
    if closing_as is not None:
        state.close_as(closing_as, "because")
    return state


states = st.builds(
    state_of,
    st.sampled_from(OrderStatus),
    paid=st.booleans(),
    parcel=st.none() | st.sampled_from([status for status in ShipmentStatus if status != ShipmentStatus.PICKED]),
    closing_as=st.none() | st.sampled_from([OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED]),
    reserved=st.none() | st.sampled_from(ReservationStatus),
)


def action(state: OrderState, name: str) -> Action:
    return next(action for action in actions(state) if action.name == name)


@given(states)
def test_what_is_enabled_is_not_refused_and_the_other_way_round(state: OrderState) -> None:
    confirm = action(state, "confirm_payment")
    assert confirm.enabled == (judge_payment(state, Payment(payment())).verdict == PaymentVerdict.ACCEPT)
    assert action(state, "cancel_order").enabled == (why_not_cancel(state) is None)
    believable = any(why_not_report(state, ShipmentReport(status=status)) is None for status in ShipmentStatus)
    assert action(state, "report_shipment").enabled == believable


@given(states)
def test_every_action_has_an_effect_or_a_reason(state: OrderState) -> None:
    for found in actions(state):
        assert bool(found.effect) == found.enabled
        assert bool(found.reason) != found.enabled


@given(states)
def test_an_order_that_will_not_be_delivered_promises_no_date(state: OrderState) -> None:
    estimate = estimate_delivery(state, NOON)
    assert (estimate.earliest is None) == (estimate.latest is None)
    assert estimate.basis
    if state.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED, OrderStatus.NEEDS_ACTION):
        assert estimate.earliest is None
    if estimate.earliest is not None and estimate.latest is not None:
        assert estimate.earliest <= estimate.latest


def test_the_effects_are_in_words_and_figures() -> None:
    waiting = state_of(OrderStatus.AWAITING_PAYMENT)
    assert action(waiting, "confirm_payment").effect == "takes $120.00, starts picking"
    assert action(waiting, "cancel_order").effect == "releases 3 pieces, no refund due"
    paid = state_of(OrderStatus.FULFILLING, paid=True)
    assert action(paid, "confirm_payment").reason == "the order is paid already, with pay_8812"
    undoes = "refunds $120.00 to pay_8812, releases 3 pieces"
    assert action(paid, "cancel_order").effect == f"asks the warehouse to stop, then {undoes}"
    consumed = ReservationStatus.CONSUMED
    lost = state_of(OrderStatus.NEEDS_ACTION, paid=True, parcel=ShipmentStatus.LOST, reserved=consumed)
    assert action(lost, "cancel_order").effect == "refunds $120.00 to pay_8812, books 3 pieces as lost"
    assert (
        action(lost, "report_shipment").effect
        == f"moves parcel {lost.request.order_id}-P1 on: shipped, delivered or returned"
    )
    shipped = state_of(OrderStatus.SHIPPED, paid=True, parcel=ShipmentStatus.SHIPPED, reserved=consumed)
    assert action(shipped, "cancel_order").reason == "the parcel has been handed to the carrier"


@pytest.mark.parametrize(
    ("status", "effect"),
    [(ShipmentStatus.LOST, "books 3 pieces as lost"), (ShipmentStatus.RETURNED, "puts 3 pieces back into stock")],
)
def test_what_is_in_trouble_before_it_is_booked_out_ends_all_the_same(status: ShipmentStatus, effect: str) -> None:
    state = state_of(OrderStatus.NEEDS_ACTION, paid=True, parcel=status)
    assert action(state, "cancel_order").effect == f"refunds $120.00 to pay_8812, {effect}"


def test_what_the_carrier_may_be_taking_is_not_cancelled() -> None:
    state = state_of(OrderStatus.FULFILLING, paid=True)
    (shipment,) = state.shipments
    shipment.step = Step.SHIP
    shipment.handing_over = True
    assert action(state, "cancel_order").reason == "the parcel is being handed to the carrier"
    shipment.handing_over = False
    assert action(state, "cancel_order").enabled


def why_not_any_more(state: OrderState) -> set[str | None]:
    """Return the reasons of all actions but the one for steps that are stuck: those may be steps of the end."""
    return {found.reason for found in actions(state) if found.name != "resolve_step"}


def test_a_cancelled_order_takes_no_second_thought() -> None:
    state = state_of(OrderStatus.AWAITING_PAYMENT)
    state.close_as(OrderStatus.CANCELLED, "no")
    assert why_not_any_more(state) == {"the order is being cancelled"}
    state.enter(OrderStatus.CANCELLED)
    assert why_not_any_more(state) == {"the order is cancelled"}
    assert judge_payment(state, Payment(payment(amount=TOTAL))).reason.startswith(
        "the order is cancelled; $120.00 goes back to"
    )
