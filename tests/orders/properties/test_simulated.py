"""Money and stock of one order add up at every moment, in whatever order things happen."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.orders.properties.books import HELD, RELEASED, kept
from tests.orders.properties.events import CANCEL, Act, Money, Pay, decide, refund, report
from tests.orders.properties.scenarios import PLENTY, SOLD_OUT, STOCK, Scenario, scenarios, single_order_acts
from tests.orders.properties.simulated import ONE_PIECE, PRICE, SimulatedOrder, paid, waiting_for_payment
from tests.support.profiles import examples
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.policy import OrderPolicy
from workflows.shared.money import format_money

UNDOING = ("send_refund", "release_stock")


BEGINNINGS: tuple[tuple[Act, ...], ...] = (
    (),
    (Pay(1),),
    (Pay(1, Money.TOO_MUCH),),
    (Pay(1, Money.TOO_LITTLE), Pay(2)),
    (Pay(1, Money.HALF), Pay(2, Money.OTHER_HALF)),
    (Pay(1, Money.HALF), Pay(2, Money.HALF, intake=True), Pay(3, Money.HALF)),
    (Pay(1), report(ShipmentStatus.SHIPPED)),
    (Pay(1, Money.TOO_MUCH), report(ShipmentStatus.SHIPPED), refund(0)),
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
TestAnyOrder.settings = examples(60, far=20_000, shrinks=True)


@pytest.mark.parametrize("down", [(), UNDOING[:1], UNDOING[1:], UNDOING])
def test_a_compensation_that_fails_stops_no_other_and_is_named(down: tuple[str, ...]) -> None:
    order = paid()
    order.tell(CANCEL)
    order.settle(down=down)
    view, books = order.view, order.books()
    assert kept(books, order.request.order_id)["USD"] == (PRICE if "send_refund" in down else 0)
    assert [row["status"] for row in books.reservations] == [HELD if "release_stock" in down else RELEASED]
    assert view.status == (OrderStatus.NEEDS_ACTION if down else OrderStatus.CANCELLED)
    assert len(view.stuck) == len(down)
    assert all(f"{step.name} failed: {step.reason}" in (view.reason or "") for step in view.stuck)
    assert ("send_refund" in down) == any(format_money(PRICE, "USD") in step.name for step in view.stuck)
    assert order.finish().status == OrderStatus.CANCELLED


def test_too_little_is_not_accepted_where_another_payment_was_first() -> None:
    policy = OrderPolicy(payment_too_little="park", payment_too_much="accept", payment_second="park")
    order = waiting_for_payment(Scenario(lines=((PLENTY, 2, 350),), long_steps=True, policy=policy))
    order.tell(Pay(1, Money.TOO_MUCH))
    order.settle()
    order.tell(Pay(2, Money.TOO_LITTLE), decide(2, accept=True))
    order.settle()
    assert order.finish().status == OrderStatus.DELIVERED


@pytest.mark.parametrize("status", [ShipmentStatus.LOST, ShipmentStatus.RETURNED])
def test_what_is_lost_or_back_before_it_is_booked_out_is_counted_once(status: ShipmentStatus) -> None:
    order = paid()
    order.tell(report(ShipmentStatus.SHIPPED))
    order.settle(down=("consume_stock",))
    order.tell(report(status))
    order.settle(down=("consume_stock",))
    order.tell(CANCEL)
    assert order.finish().status == OrderStatus.CANCELLED


def test_a_part_of_a_payment_that_cannot_be_sent_back_stops_no_other() -> None:
    order = waiting_for_payment(ONE_PIECE)
    order.tell(Pay(1, Money.TOO_MUCH))
    order.settle(down=("send_refund",))
    order.tell(CANCEL)
    order.settle(down=("send_refund",))
    assert [step.step.rpartition("/")[2] for step in order.view.stuck] == ["excess", "rest"]
    assert order.finish().status == OrderStatus.CANCELLED


def test_of_pieces_that_never_come_no_more_goes_back_than_was_paid() -> None:
    policy = OrderPolicy(when_short="ship_available", back_order_seconds=1)
    order = waiting_for_payment(Scenario(lines=((SOLD_OUT, 1, 100), (PLENTY, 1, 0)), long_steps=True, policy=policy))
    order.tell(Pay(1, Money.TOO_LITTLE), decide(1, accept=True))
    order.settle()
    order.run.pass_time()
    order.settle()
    assert [row["amount"] for row in order.books().refunds] == [99]


def test_what_is_packed_by_now_goes_along_although_it_is_refunded() -> None:
    order = paid(Scenario(lines=((PLENTY, 2, 5_000),), long_steps=True))
    order.run.pass_time()
    order.tell(refund(0))
    view = order.finish()
    assert [line.quantity for parcel in view.parcels for line in parcel.lines] == [2]
