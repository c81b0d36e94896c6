"""What comes to an order in one workflow task, as it does while no worker is there: messages win over timers."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from temporalio.exceptions import ApplicationError

from tests.orders.properties.events import CANCEL, Act, Money, Pay, extend, nonsense, refund, report
from tests.orders.properties.scenarios import PLENTY, SCARCE, Scenario
from tests.orders.properties.simulated import paid, waiting_for_payment
from workflows.orders.models import OrderStatus, ShipmentStatus

LAST_MOMENT = (Pay(1), Pay(2, Money.TOO_LITTLE), CANCEL, nonsense("confirm_payment"))
COMBINATIONS = [each for count in (1, 2, 3) for each in combinations(LAST_MOMENT, count)]


@pytest.mark.parametrize("messages", [*COMBINATIONS, (extend(60),), (extend(60), Pay(1))])
def test_messages_win_over_the_end_of_the_payment_window(messages: Sequence[Act]) -> None:
    order = waiting_for_payment()
    order.tell(*messages)
    order.run.pass_time()
    order.settle()
    paid_for = OrderStatus.DELIVERED if Pay(1) in messages or extend(60) in messages else OrderStatus.EXPIRED
    assert order.finish().status == (OrderStatus.CANCELLED if CANCEL in messages else paid_for)


def test_a_cancellation_wins_over_the_end_of_a_step() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.PICKED))
    order.settle()
    assert order.view.timeline[-1].text == "packing"
    order.tell(CANCEL)
    order.run.pass_time()
    view = order.finish()
    assert (view.status, view.parcels) == (OrderStatus.CANCELLED, [])
    assert order.books().parcels == []


def test_what_is_reported_as_shipped_is_not_cancelled_any_more() -> None:
    order = paid()
    order.tell(report(ShipmentStatus.SHIPPED), CANCEL)
    order.settle()
    assert order.view.status == OrderStatus.SHIPPED
    assert [refused.reason for refused in order.view.refusals] == ["the parcel has been handed to the carrier"]
    assert order.finish().status == OrderStatus.DELIVERED


def test_of_refunds_only_what_is_left_goes_back() -> None:
    order = paid(Scenario(lines=((PLENTY, 2, 5_000), (SCARCE, 1, 2_000)), long_steps=True))
    order.tell(report(ShipmentStatus.SHIPPED))
    order.settle()
    order.tell(*[refund(0, 2)] * 5)
    order.settle()
    refused = [answer.type for answer in order.run.results.values() if isinstance(answer, ApplicationError)]
    assert refused == ["NotNow"] * 4
    assert [entry.amount for entry in order.finish().ledger if entry.kind == "refund"] == [10_000]


@pytest.mark.parametrize("steps", range(6))
def test_a_payment_that_comes_as_the_order_closes_is_not_lost(steps: int) -> None:
    order = waiting_for_payment()
    order.tell(CANCEL)
    order.run.run_task()
    for _ in range(steps):
        for call in list(order.run.calls.values())[:1]:
            order.run.perform(call)
    took_it = not order.run.closed
    order.tell(Pay(1))
    view = order.finish()
    assert [entry.kind for entry in view.ledger] == ["capture", "refund"] * took_it
    assert len(view.refusals) == took_it
