"""Money and stock of one order add up at every moment, in whatever order things happen."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.orders.properties.books import HELD, RELEASED, kept
from tests.orders.properties.events import Act, Cancel, Decide, Money, Nonsense, Pay, Refund, Report
from tests.orders.properties.profiles import simulated
from tests.orders.properties.scenarios import PLENTY, STOCK, Scenario, scenarios, single_order_acts
from tests.orders.properties.simulated import SimulatedOrder
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.policy import OrderPolicy
from workflows.shared.money import format_money

PRICE = 12_345
UNDOING = ("send_refund", "release_stock")
PAID = Scenario(lines=((PLENTY, 1, PRICE),), long_steps=True, policy=OrderPolicy(seconds_per_step=0))


BEGINNINGS: tuple[tuple[Act, ...], ...] = (
    (),
    (Pay(1),),
    (Pay(1, Money.TOO_MUCH),),
    (Pay(1, Money.TOO_LITTLE), Pay(2)),
    (Pay(1), Report(ShipmentStatus.SHIPPED)),
    (Pay(1, Money.TOO_MUCH), Report(ShipmentStatus.SHIPPED), Refund(0)),
)


class AnyOrder(RuleBasedStateMachine):
    """Messages, activities, timers and late answers of one order, in any order."""

    order: SimulatedOrder

    @initialize(scenario=scenarios(), beginning=st.sampled_from(BEGINNINGS))
    def begin(self, scenario: Scenario, beginning: tuple[Act, ...]) -> None:
        """Start it; most begin with what usually happens."""
        self.order = SimulatedOrder(scenario)
        for event in beginning:
            self.order.settle()
            self.order.tell(event)

    @rule(event=single_order_acts)
    def tell(self, event: Act) -> None:
        """Send a message, which waits for the next workflow task."""
        self.order.tell(event)

    @rule()
    def deliver(self) -> None:
        """Run a workflow task with all messages that wait."""
        self.order.run.run_task()

    @rule(data=st.data(), answered=st.sampled_from([True, True, False]), done=st.booleans())
    def work(self, data: st.DataObject, *, answered: bool, done: bool) -> None:
        """Let an activity happen, or lose its answer, ``done`` or not."""
        calls = list(self.order.run.calls.values())
        if not calls:
            return
        call = calls[data.draw(st.integers(0, len(calls) - 1), label="which")]
        if answered:
            self.order.run.perform(call)
        else:
            self.order.lose(call, done=done)

    @rule()
    def settle(self) -> None:
        """Let everything happen that takes no time."""
        self.order.settle()

    @rule()
    def arrive_late(self) -> None:
        """Let an activity happen for which the order waits no longer."""
        if self.order.run.abandoned:
            self.order.run.happen_late(self.order.run.abandoned[0])

    @rule()
    def pass_time(self) -> None:
        """Let the next timer fire."""
        self.order.run.pass_time()

    @rule(sku=st.sampled_from(sorted(STOCK)), quantity=st.integers(1, 3))
    def supply(self, sku: str, quantity: int) -> None:
        """Let new pieces come in."""
        self.order.supply(sku, quantity)

    @invariant()
    def adds_up(self) -> None:
        """Check what holds at every moment."""
        if hasattr(self, "order"):
            self.order.check()

    def teardown(self) -> None:
        """Bring it to its end, and check what holds there."""
        if hasattr(self, "order"):
            self.order.finish()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = simulated(quick=150)


def waiting_for_payment(scenario: Scenario) -> SimulatedOrder:
    order = SimulatedOrder(scenario)
    order.settle()
    assert order.view.status == OrderStatus.AWAITING_PAYMENT
    return order


def paid(scenario: Scenario = PAID) -> SimulatedOrder:
    order = waiting_for_payment(scenario)
    order.tell(Pay(1))
    order.settle()
    assert order.view.status == OrderStatus.FULFILLING
    return order


LAST_MOMENT = (Pay(1), Pay(2, Money.TOO_LITTLE), Cancel(), Nonsense("confirm_payment"))


@pytest.mark.parametrize("signals", [each for count in (1, 2, 3) for each in combinations(LAST_MOMENT, count)])
def test_signals_win_over_the_end_of_the_window_in_the_same_task(signals: Sequence[Act]) -> None:
    order = waiting_for_payment(Scenario(lines=((PLENTY, 1, 500),), policy=OrderPolicy(reminder_seconds=0)))
    order.tell(*signals)
    order.run.pass_time()
    order.settle()
    order.finish()
    paid_for = OrderStatus.DELIVERED if Pay(1) in signals else OrderStatus.EXPIRED
    assert order.view.status == (OrderStatus.CANCELLED if Cancel() in signals else paid_for)


@pytest.mark.parametrize("down", [(), UNDOING[:1], UNDOING[1:], UNDOING])
def test_a_compensation_that_fails_stops_no_other_and_is_named(down: tuple[str, ...]) -> None:
    order = paid()
    order.tell(Cancel())
    order.settle(down=down)
    view, books = order.view, order.books()
    assert kept(books, order.request.order_id)["USD"] == (PRICE if "send_refund" in down else 0)
    assert [row["status"] for row in books.reservations] == [HELD if "release_stock" in down else RELEASED]
    assert view.status == (OrderStatus.NEEDS_ACTION if down else OrderStatus.CANCELLED)
    assert len(view.stuck) == len(down)
    assert all(f"{step.name} failed: {step.reason}" in (view.reason or "") for step in view.stuck)
    assert ("send_refund" in down) == any(format_money(PRICE, "USD") in step.name for step in view.stuck)
    order.finish()
    assert order.view.status == OrderStatus.CANCELLED


def test_too_little_is_not_accepted_where_another_payment_was_first() -> None:
    policy = OrderPolicy(payment_too_little="park", payment_too_much="accept", payment_second="park")
    order = waiting_for_payment(Scenario(lines=((PLENTY, 2, 350),), long_steps=True, policy=policy))
    order.tell(Pay(1, Money.TOO_MUCH))
    order.settle()
    order.tell(Pay(2, Money.TOO_LITTLE), Decide(2, accept=True))
    order.settle()
    order.finish()
    assert order.view.status == OrderStatus.DELIVERED
