"""Several payments that together make the total."""

from tests.orders.properties.books import kept
from tests.orders.properties.events import BY, CANCEL, Update, decide, decide_short
from tests.orders.properties.scenarios import PLENTY, SCARCE, SOLD_OUT, STOCK, Ending, Scenario
from tests.orders.properties.simulated import ORDER_ID, SimulatedOrder, waiting_for_payment
from tests.support.orders import action, moves, texts
from tests.support.simulation import run_now
from workflows.orders.models import OrderStatus, PaymentConfirmation, PaymentStatus, ShortageDecision
from workflows.orders.policy import OrderPolicy
from workflows.orders.ports import Capture
from workflows.orders.views.models import CaptureStatus
from workflows.orders.views.wording import moment

LAMP = Scenario(lines=((PLENTY, 1, 2_500),), long_steps=True)


def pay(order: SimulatedOrder, payment_id: str, amount: int) -> None:
    """Let a payment come, and everything happen that takes no time."""
    order.tell(PaymentConfirmation(payment_id=payment_id, amount=amount, currency="USD", signal_id=payment_id))
    order.settle()


def partly_paid(amount: int = 2_000, scenario: Scenario = LAMP) -> SimulatedOrder:
    """Return an order with its first part."""
    order = waiting_for_payment(scenario)
    pay(order, "a", amount)
    return order


def statuses(order: SimulatedOrder) -> dict[str, CaptureStatus]:
    """Return what became of each payment."""
    return {payment.payment_id: payment.status for payment in order.view.payments}


def test_two_payments_make_the_total() -> None:
    order = partly_paid()
    view = order.view
    assert (view.payment_status, view.attention, view.outstanding) == (
        PaymentStatus.PARTLY_PAID,
        "amount_mismatch",
        500,
    )
    assert action(view, "confirm_payment").effect == "takes $5.00, starts picking"
    assert "e-mail: partly paid" in texts(view)
    assert view.due_at is not None
    part = f"received $20.00 of $25.00, $5.00 missing until {moment(view.due_at)}"
    assert (view.receipts[-1].refused, view.receipts[-1].effect, view.refusals) == (None, part, [])
    assert f"payment a: {part}" in texts(view)
    pay(order, "b", 500)
    assert order.view.receipts[-1].effect == "received $5.00, which pays the order with a"
    view = order.view
    assert (view.status, view.payment_status, view.outstanding) == (OrderStatus.FULFILLING, PaymentStatus.PAID, 0)
    assert (moves(view), view.attention, view.reason) == ([("capture", 2_000), ("capture", 500)], None, None)
    assert statuses(order) == {"a": "APPLIED", "b": "APPLIED"}
    assert order.finish().status == OrderStatus.DELIVERED
    assert kept(order.books(), ORDER_ID)["USD"] == 2_500


def test_of_the_last_part_goes_back_what_is_too_much() -> None:
    order = partly_paid()
    pay(order, "b", 2_000)
    assert moves(order.view, "b") == [("capture", 2_000), ("refund", 1_500)]
    assert moves(order.view, "a") == [("capture", 2_000)]
    assert order.finish().status == OrderStatus.DELIVERED


def test_parts_that_are_too_much_together_wait_where_the_policy_says_so() -> None:
    policy = OrderPolicy(payment_too_much="park")
    order = partly_paid(scenario=Scenario(lines=LAMP.lines, long_steps=True, policy=policy))
    pay(order, "b", 2_000)
    assert statuses(order) == {"a": "PARKED", "b": "PARKED"}
    order.tell(decide("b", accept=True))
    order.settle()
    assert (order.view.payment_status, moves(order.view, "b")[1:]) == (
        PaymentStatus.PARTLY_REFUNDED,
        [("refund", 1_500)],
    )


def test_a_payment_of_the_whole_total_sends_the_parts_back() -> None:
    order = partly_paid()
    pay(order, "b", 2_500)
    assert statuses(order) == {"a": "RETURNED", "b": "APPLIED"}


def test_parts_go_back_at_the_end_of_the_window() -> None:
    order = partly_paid(1_000)
    pay(order, "b", 1_000)
    assert "received $10.00, together $20.00 of $25.00, $5.00 missing until" in order.view.receipts[-1].effect
    order.tell(PaymentConfirmation(payment_id="b", amount=1_000, currency="USD", signal_id="again"))
    order.settle()
    assert order.view.receipts[-1].effect == "payment b had come before; nothing changed"
    while not order.run.closed:
        order.run.pass_time()
        order.settle()
    view = order.finish()
    assert (view.status, view.payment_status) == (OrderStatus.EXPIRED, PaymentStatus.REFUNDED)
    assert statuses(order) == {"a": "RETURNED", "b": "RETURNED"}
    assert "e-mail: pay reminder" in texts(view)


def test_parts_go_back_at_once_where_the_policy_says_so() -> None:
    order = partly_paid(scenario=Scenario(lines=LAMP.lines, policy=OrderPolicy(payment_too_little="refund")))
    assert (order.view.payment_status, statuses(order)) == (PaymentStatus.UNPAID, {"a": "RETURNED"})
    assert order.view.receipts[-1].refused == "the order costs $25.00, not $20.00; $20.00 goes back to a"


def test_accepting_one_part_accepts_all_and_waives_the_rest() -> None:
    order = partly_paid(1_000)
    pay(order, "b", 1_000)
    effect = action(order.view, "decide_payment").effect or ""
    assert "accepts $10.00 from b and $10.00 from a and waives $5.00, or refunds $10.00" in effect
    order.tell(decide("a", accept=True))
    order.settle()
    assert statuses(order) == {"a": "APPLIED", "b": "APPLIED"}
    assert order.finish().status == OrderStatus.DELIVERED
    assert kept(order.books(), ORDER_ID)["USD"] == 2_000


def test_a_refund_by_line_is_taken_from_the_latest_payment_first() -> None:
    order = partly_paid(2_000, Scenario(lines=((PLENTY, 1, 900), (PLENTY, 1, 1_600)), long_steps=True))
    pay(order, "b", 500)
    order.tell(Update("refund_lines", {"lines": [{"sku": PLENTY, "line": 1, "quantity": 1}], **BY}))
    order.settle()
    assert (moves(order.view, "b")[1:], moves(order.view, "a")[1:]) == ([("refund", 500)], [("refund", 400)])
    order.tell(CANCEL)
    assert order.finish().payment_status == PaymentStatus.REFUNDED


def test_without_a_part_that_is_another_orders_the_others_wait_again() -> None:
    order = waiting_for_payment(Scenario(lines=LAMP.lines, long_steps=True, ending=Ending.CANCEL))
    run_now(order.world.ports.payments.record_capture(Capture("b", "ORD-ELSE", 500, "USD")))
    pay(order, "a", 2_000)
    pay(order, "b", 500)
    assert statuses(order) == {"a": "PARKED", "b": "REJECTED_BY_LEDGER"}
    assert (order.view.status, order.view.payment_status) == (OrderStatus.NEEDS_ACTION, PaymentStatus.PARTLY_PAID)
    pay(order, "c", 500)
    assert (order.view.status, statuses(order)["a"]) == (OrderStatus.FULFILLING, "APPLIED")


def test_parts_are_enough_once_pieces_are_cancelled() -> None:
    lines = ((SCARCE, STOCK[SCARCE] + 1, 100), (PLENTY, 1, 400))
    order = SimulatedOrder(Scenario(lines=lines, long_steps=True, policy=OrderPolicy(when_short="ask")))
    order.settle()
    pay(order, "a", 400)
    pay(order, "b", 100 * STOCK[SCARCE])
    order.tell(decide_short(ShortageDecision.CANCEL_LINES))
    order.settle()
    assert (order.view.status, order.view.payment_status) == (OrderStatus.FULFILLING, PaymentStatus.PAID)


def test_parts_go_back_once_all_that_costs_something_is_cancelled() -> None:
    lines = ((SCARCE, STOCK[SCARCE], 0), (SOLD_OUT, 1, 100))
    order = SimulatedOrder(Scenario(lines=lines, long_steps=True, policy=OrderPolicy(when_short="ask")))
    order.settle()
    pay(order, "a", 60)
    order.tell(decide_short(ShortageDecision.CANCEL_LINES))
    order.settle()
    assert (order.view.status, statuses(order)) == (OrderStatus.FULFILLING, {"a": "RETURNED"})
