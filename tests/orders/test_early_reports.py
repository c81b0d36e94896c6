"""Reports about a parcel that is not there yet: they are kept until it is."""

import pytest

from tests.orders.properties.events import CANCEL, Pay, decide_short, report
from tests.orders.properties.scenarios import PLENTY, SCARCE, STOCK, Scenario
from tests.orders.properties.simulated import ONE_PIECE, SimulatedOrder, paid, waiting_for_payment
from tests.support.orders import texts
from workflows.orders.models import OrderStatus, ShipmentStatus, ShortageDecision
from workflows.orders.policy import OrderPolicy

ALL_AT_ONCE = Scenario(lines=ONE_PIECE.lines, policy=ONE_PIECE.policy)


def refused(order: SimulatedOrder) -> list[str]:
    """Return the reasons of the reports that were refused."""
    return [refusal.reason for refusal in order.view.refusals if refusal.signal == "report_shipment"]


@pytest.mark.parametrize("parcel", [None, 1])
def test_a_report_before_the_payment_is_applied_when_the_parcel_is_there(parcel: int | None) -> None:
    order = waiting_for_payment()
    order.tell(report(ShipmentStatus.SHIPPED, parcel), report(ShipmentStatus.DELIVERED, parcel))
    order.settle()
    assert (order.view.status, refused(order)) == (OrderStatus.AWAITING_PAYMENT, [])
    assert texts(order.view)[-1].endswith("reported delivered before there is parcel ORD-S0n0-P1: kept until there is")
    order.tell(Pay(1))
    order.settle()
    assert (order.view.status, refused(order)) == (OrderStatus.DELIVERED, [])


def test_a_report_while_it_is_packed_is_kept_and_later_ones_are_judged_after_it() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.LOST), report(ShipmentStatus.RETURNED))
    order.settle()
    assert order.view.status == OrderStatus.FULFILLING
    order.tell(report(ShipmentStatus.SHIPPED))
    order.settle()
    assert [parcel.status for parcel in order.view.parcels] == [ShipmentStatus.RETURNED]


def test_what_cannot_be_true_of_the_parcel_is_refused_when_it_is_there() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.DELIVERED), report(ShipmentStatus.LOST), report(ShipmentStatus.SHIPPED))
    order.settle()
    assert refused(order) == ["the order is delivered"]
    assert order.finish().status == OrderStatus.DELIVERED


def test_a_parcel_that_came_back_as_offered_is_cancelled_as_soon_as_it_is_there() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.SHIPPED))
    order.run.run_task()  # it is being handed over
    order.tell(CANCEL, report(ShipmentStatus.RETURNED))
    assert order.finish().status == OrderStatus.CANCELLED
    assert refused(order) == []


def test_reports_about_a_parcel_that_never_is_are_refused_at_the_end() -> None:
    order = waiting_for_payment()
    order.tell(report(ShipmentStatus.DELIVERED))
    order.settle()
    order.tell(CANCEL)
    assert order.finish().status == OrderStatus.CANCELLED
    (reason,) = refused(order)
    assert reason.startswith("delivered: there is no parcel ORD-S0n0-P1, since the order ends")


@pytest.mark.parametrize("decision", list(ShortageDecision))
def test_a_second_parcel_may_come_as_long_as_that_is_not_decided(decision: ShortageDecision) -> None:
    lines = ((SCARCE, STOCK[SCARCE] + 1, 100),)
    order = SimulatedOrder(Scenario(lines=lines, long_steps=True, policy=OrderPolicy(when_short="ask")))
    order.settle()
    order.tell(report(ShipmentStatus.DELIVERED, 2))
    order.settle()
    assert refused(order) == []
    order.tell(decide_short(decision))
    order.settle()
    splits = decision == ShortageDecision.SHIP_AVAILABLE
    assert refused(order) == ([] if splits else ["the order has no parcel ORD-S0n0-P2"])
    order.supply(SCARCE, 1)
    assert order.finish().status == OrderStatus.DELIVERED


def test_a_parcel_that_is_not_the_orders_is_refused_at_once() -> None:
    order = SimulatedOrder(Scenario(lines=((PLENTY, 1, 100),), long_steps=True))
    order.settle()
    order.tell(report(ShipmentStatus.DELIVERED, 2))
    order.settle()
    assert refused(order) == ["the order has no parcel ORD-S0n0-P2, only ORD-S0n0-P1"]
