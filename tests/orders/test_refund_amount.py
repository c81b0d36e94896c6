"""Refunds of an amount while the order is open."""

import pytest

from tests.orders.properties.books import kept
from tests.orders.properties.events import BY, CANCEL, Pay, Update, refund, refund_amount, report
from tests.orders.properties.scenarios import PLENTY, SOLD_OUT, Scenario
from tests.orders.properties.simulated import ORDER_ID, PRICE, SimulatedOrder, paid, waiting_for_payment
from tests.support.orders import action, moves, texts
from workflows.orders.models import OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.policy import OrderPolicy


def refunds(order: SimulatedOrder) -> list[int]:
    """Return the amounts that went back."""
    return [amount for kind, amount in moves(order.view) if kind == "refund"]


def test_an_amount_goes_back_and_the_order_goes_on() -> None:
    order = paid()
    effect = "refunds some of the $123.45 that is left of pay-ORD-S0n0-1, and changes nothing else"
    assert action(order.view, "refund_amount").effect == effect
    order.tell(refund_amount(345))
    order.settle()
    assert (refunds(order), order.view.payment_status) == ([345], PaymentStatus.PARTLY_REFUNDED)
    assert "e-mail: refunded amount" in texts(order.view)
    assert order.finish().status == OrderStatus.DELIVERED
    assert kept(order.books(), ORDER_ID)["USD"] == PRICE - 345


def test_all_of_it_may_go_back_and_the_order_ships_all_the_same() -> None:
    order = paid()
    order.tell(refund_amount(PRICE), report(ShipmentStatus.SHIPPED))
    view = order.finish()
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.REFUNDED)


@pytest.mark.parametrize("wrong", [{"amount": PRICE + 1}, {"currency": "EUR"}, {"amount": 0}])
def test_never_more_than_was_captured_nor_in_another_currency(wrong: dict[str, object]) -> None:
    order = paid()
    order.tell(Update("refund_amount", {"amount": 1, "currency": "USD", **BY, **wrong}))
    order.settle()
    assert refunds(order) == []


def test_refunds_at_the_same_time_do_not_exceed_the_payment() -> None:
    order = paid()
    order.tell(refund_amount(PRICE - 1), refund_amount(2), refund(0), refund_amount(1))
    order.settle()
    assert refunds(order) == [PRICE - 1, 1]


def test_nothing_goes_back_before_the_payment_or_after_the_end() -> None:
    order = waiting_for_payment()
    assert action(order.view, "refund_amount").reason == "the order is not paid"
    order.tell(CANCEL)
    order.settle()
    assert action(order.view, "refund_amount").reason == "the order is cancelled"


def test_of_pieces_that_never_come_their_price_goes_back_whatever_went_before() -> None:
    policy = OrderPolicy(when_short="ship_available", back_order_seconds=1)
    order = waiting_for_payment(Scenario(lines=((SOLD_OUT, 1, 40), (PLENTY, 1, 60)), long_steps=True, policy=policy))
    order.tell(Pay(1))
    order.settle()
    order.tell(refund_amount(5))
    order.settle()
    order.run.pass_time()
    order.settle()
    assert refunds(order) == [5, 40]
