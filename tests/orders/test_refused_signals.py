"""Signals to an order that nobody can take: none is dropped silently. The cases are of kinds that people report."""

from typing import Any

import pytest

from tests.orders.properties.events import CANCEL, Pay, report
from tests.orders.properties.scenarios import PLENTY, Scenario
from tests.orders.properties.simulated import SimulatedOrder, paid, waiting_for_payment
from tests.support.orders import texts
from workflows.orders.goods.waypoints import MAX_NOTED
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import OrderView
from workflows.shared.refused_signals import ACKNOWLEDGE, MAX_REFUSALS

LAMP = Scenario(lines=((PLENTY, 1, 2_500),), long_steps=True)
MONEY = {"payment_id": "p", "amount": 2500, "currency": "USD"}
WORDS = {**MONEY, "amount": "a lot"}


def send(order: SimulatedOrder, name: str, *payloads: object) -> OrderView:
    order.run.signal(name, *payloads)
    order.settle()
    return order.view


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(MONEY | {"status": "succeeded"}, id="gateway-adds-a-field"),
        pytest.param(MONEY | {"amount": 2500.0}, id="whole-number-as-float"),
    ],
)
def test_a_payment_of_another_system_s_making_pays(payload: dict[str, Any]) -> None:
    order = waiting_for_payment(LAMP)
    view = send(order, "confirm_payment", payload)
    assert (view.payment_status, view.refusals, view.attention) == (PaymentStatus.PAID, [], None)


@pytest.mark.parametrize(
    ("name", "payloads", "reason"),
    [
        pytest.param(
            "confirm_payment",
            [WORDS],
            "amount: Input should be a valid integer, not 'a lot'",
            id="amount-in-words",
        ),
        pytest.param(
            "cancel_order",
            [{"reason": "", "requested_by": "ada"}],
            "reason: String should have at least 1 character",
            id="cancel-without-a-reason",
        ),
        ("confirm_payment", [], "it takes exactly one PaymentConfirmation, not none"),
        ("confirm_payment", [MONEY, MONEY], "it takes exactly one PaymentConfirmation, not 2"),
        ("confirm_paymnet", [MONEY], "there is no signal 'confirm_paymnet'; did you mean confirm_payment?"),
    ],
)
def test_what_cannot_be_taken_is_refused_for_all_to_see(name: str, payloads: list[object], reason: str) -> None:
    order = waiting_for_payment(LAMP)
    view = send(order, name, *payloads)
    assert (view.status, view.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    assert [(refusal.signal, refusal.reason) for refusal in view.refusals] == [(name, reason)]
    assert view.timeline[-1].text == f"signal {name} refused: {reason}"
    assert (view.attention, order.run.query("get_summary").attention) == ("signal_refused", "signal_refused")


def shipped() -> SimulatedOrder:
    order = paid(LAMP)
    order.tell(report(ShipmentStatus.SHIPPED))
    order.settle()
    return order


def test_a_station_on_the_way_is_noted_and_changes_nothing() -> None:  # case carrier-says-in-transit
    order = shipped()
    parcel_id = order.view.parcels[0].parcel_id
    for said in ({"status": "in_transit"}, {"status": "in_transit"}, {"status": "OutForDelivery", "note": "van 7"}):
        view = send(order, "report_shipment", {"signal_id": said["status"], **said})
        assert (view.status, view.attention, view.refusals) == (OrderStatus.SHIPPED, None, [])
    send(order, "report_shipment", {"status": "Arrived at facility", "parcel_id": parcel_id})
    noted = ["carrier: in transit", "carrier: out for delivery, van 7", f"parcel {parcel_id}: arrived at facility"]
    assert texts(order.view)[-3:] == noted
    assert order.view.receipts[-1].effect == "noted: carrier: out for delivery, van 7"
    view = send(order, "report_shipment", {"status": "DELIVERED"})
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)


def test_stations_come_at_any_time_of_an_order_that_goes_on_and_of_its_own_parcels() -> None:
    order = waiting_for_payment(LAMP)
    assert texts(send(order, "report_shipment", {"status": "label_created"}))[-1] == "carrier: label created"
    view = send(order, "report_shipment", {"status": "in_transit", "parcel_id": "PARCEL-9"})
    assert view.refusals[-1].reason.startswith("the order has no parcel PARCEL-9, only")
    for number in range(MAX_NOTED + 100):
        order.run.signal("report_shipment", {"status": "in_transit", "note": f"depot {number}"})
    order.settle()
    noted = [text for text in texts(order.view) if text.startswith("carrier: in transit")]
    assert (len(noted), noted[-1]) == (MAX_NOTED - 1, "carrier: in transit, depot 198; further stations are not noted")


@pytest.mark.parametrize("word", ["exploded", "exception", "return_to_sender"])
def test_a_carrier_s_word_of_trouble_asks_for_attention_until_the_next_report(word: str) -> None:
    order = shipped()
    view = send(order, "report_shipment", {"status": word})
    assert (view.status, view.attention) == (OrderStatus.SHIPPED, "signal_refused")
    assert f"not '{word}'" in view.timeline[-1].text
    order.tell(report(ShipmentStatus.DELIVERED))
    assert (order.finish().status, order.view.attention) == (OrderStatus.DELIVERED, None)


@pytest.mark.parametrize("name", ["confirm_payment", "confirm_paymnet"])
def test_what_may_have_been_a_payment_asks_for_attention_until_the_order_is_paid(name: str) -> None:
    order = waiting_for_payment(LAMP)
    send(order, name, WORDS)
    order.tell(Pay(1))
    order.settle()
    assert (order.view.payment_status, order.view.attention) == (PaymentStatus.PAID, None)


@pytest.mark.parametrize(
    ("name", "attention"),
    [("confirm_payment", "signal_refused"), ("confirm", "signal_refused"), ("cancel_order", None)],
)
def test_an_order_that_expires_may_have_been_paid_by_what_nobody_could_read(name: str, attention: str | None) -> None:
    order = waiting_for_payment(LAMP)
    send(order, name, {"amount": "a lot"})
    while order.view.status == OrderStatus.AWAITING_PAYMENT:
        order.run.pass_time()
        order.settle()
    view = order.finish()  # a month later
    assert (view.status, view.attention) == (OrderStatus.EXPIRED, attention)


def test_an_order_that_ended_unpaid_waits_for_somebody_to_look() -> None:
    order = waiting_for_payment(LAMP)
    assert ACKNOWLEDGE not in [action.name for action in order.view.actions]
    view = send(order, ACKNOWLEDGE, {"by": "ana"})
    assert (view.refusals[-1].reason, view.attention) == ("no refused signal asks for attention", None)
    send(order, "confirm_payment", WORDS)
    order.tell(CANCEL)
    order.settle()
    assert (order.view.status, order.view.attention) == (OrderStatus.CANCELLED, "signal_refused")
    assert [action.name for action in order.view.actions if action.enabled] == [ACKNOWLEDGE]
    order.tell(Pay(1))  # a late one goes back as before
    order.settle()
    assert (order.view.payment_status, order.view.attention) == (PaymentStatus.REFUNDED, "signal_refused")
    view = send(order, ACKNOWLEDGE, {"by": "ana", "note": "sent back by hand"})
    assert "ana has looked at the refused signals: sent back by hand" in texts(view)
    assert (order.finish().attention, order.run.query("get_summary").attention) == (None, None)


def test_a_flood_is_counted_and_the_order_stays_small() -> None:
    order = waiting_for_payment(LAMP)
    before = len(order.view.timeline)
    send(order, "confirm_payment", WORDS)
    for number in range(300):
        order.run.signal(f"flood-{number}" * 1_000, {"x": "y" * 1_000})
    order.settle()
    view = order.view
    assert (len(view.refusals), view.refusal_count, view.attention) == (MAX_REFUSALS, 301, "signal_refused")
    assert len(view.timeline) == before + MAX_REFUSALS
    assert all(len(refusal.signal) <= 40 and len(refusal.reason) < 200 for refusal in view.refusals)
    order.tell(CANCEL)
    assert order.finish().status == OrderStatus.CANCELLED
