"""Orders that are not goods for one payment: free ones, services, discounts, a SKU on several lines."""

import pytest

from tests.orders.properties.events import BY, CANCEL, Pay, Update
from tests.orders.properties.scenarios import PLENTY, Line, Scenario
from tests.orders.properties.simulated import SimulatedOrder, paid, waiting_for_payment
from tests.support.orders import action, texts
from workflows.orders.models import OrderStatus, PaymentStatus
from workflows.orders.views.models import ReservedLine

LAMP, SHIPPING = (PLENTY, 1, 2_500), ("SHIPPING", 1, 599, "service")


def begun(*lines: Line) -> SimulatedOrder:
    """Return an order with all that takes no time done."""
    order = SimulatedOrder(Scenario(lines=lines, long_steps=True))
    order.settle()
    return order


def refund(order: SimulatedOrder, *lines: dict[str, object]) -> None:
    """Refund some lines, and let it be sent."""
    order.tell(Update("refund_lines", {"lines": list(lines), **BY}))
    order.settle()


@pytest.mark.parametrize("lines", [((PLENTY, 1, 0),), ((PLENTY, 2, 500), ("OFF", 1, -1_000, "discount"))])
def test_a_free_order_is_shipped_without_a_payment(lines: tuple[Line, ...]) -> None:
    order = begun(*lines)
    view = order.view
    assert (view.status, view.payment_status, view.ledger) == (OrderStatus.FULFILLING, PaymentStatus.PAID, [])
    assert action(view, "confirm_payment").reason == "the order costs nothing"
    assert action(view, "refund_lines").reason == "the order costs nothing"
    view = order.finish()
    assert (view.status, view.payment_status, view.ledger) == (OrderStatus.DELIVERED, PaymentStatus.PAID, [])


def test_money_for_a_free_order_goes_back() -> None:
    order = begun((PLENTY, 1, 0))
    order.tell(Pay(1))
    order.settle()
    assert [entry.kind for entry in order.view.ledger] == ["capture", "refund"]
    assert order.finish().status == OrderStatus.DELIVERED


def test_a_free_order_that_is_cancelled_was_not_paid() -> None:
    order = begun((PLENTY, 1, 0))
    order.tell(CANCEL)
    view = order.finish()
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.UNPAID)


def test_a_service_has_no_stock_and_a_discount_makes_it_cheaper() -> None:
    order = waiting_for_payment(Scenario(lines=(LAMP, SHIPPING, ("WELCOME10", 1, -500, "discount")), long_steps=True))
    assert order.view.amount_due == 2_599
    assert order.view.reservations[0].lines == [ReservedLine(sku=PLENTY, quantity=1)]
    order.tell(Pay(1))
    assert order.finish().status == OrderStatus.DELIVERED


@pytest.mark.parametrize("price", [0, 4_000])
def test_an_order_of_services_ends_as_delivered_once_it_is_paid(price: int) -> None:
    order = begun(("REPAIR", 1, price, "service"))
    if price:
        assert action(order.view).effect == "no refund due"
        assert action(order.view, "report_shipment").reason == "there is nothing to ship"
        order.tell(Pay(1))
        order.settle()
    view = order.finish()
    assert (view.status, view.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert (view.parcels, view.reservations) == ([], [])
    assert "nothing to ship" in texts(view)


def test_an_order_of_services_can_be_cancelled_before_it_is_paid() -> None:
    order = begun(("REPAIR", 1, 4_000, "service"))
    order.tell(CANCEL)
    assert order.finish().status == OrderStatus.CANCELLED


def test_a_sku_on_two_lines_is_reserved_once_and_refunded_by_line() -> None:
    order = paid(Scenario(lines=((PLENTY, 1, 2_500), (PLENTY, 1, 4_000)), long_steps=True))
    assert order.view.reservations[0].lines == [ReservedLine(sku=PLENTY, quantity=2)]
    refund(order, {"sku": PLENTY, "quantity": 1})  # which of them?
    assert order.view.refunded_lines == []
    refund(order, {"sku": PLENTY, "quantity": 1, "line": 3})
    assert order.view.refunded_lines == []
    refund(order, {"sku": PLENTY, "quantity": 1, "line": 1})
    assert [(line.line, line.amount) for line in order.view.refunded_lines] == [(1, 2_500)]
    refund(order, {"sku": PLENTY, "quantity": 1})  # there is only one left
    assert [entry.amount for entry in order.view.ledger] == [6_500, 2_500, 4_000]
    assert order.finish().status == OrderStatus.CANCELLED


def test_shipping_is_refunded_by_line_and_a_discount_is_not() -> None:
    order = paid(Scenario(lines=(LAMP, SHIPPING, ("OFF", 1, -100, "discount")), long_steps=True))
    refund(order, {"sku": "OFF", "quantity": 1})
    assert order.view.refunded_lines == []
    refund(order, {"sku": "SHIPPING", "quantity": 1})
    assert [(line.sku, line.amount) for line in order.view.refunded_lines] == [("SHIPPING", 580)]
    assert order.finish().status == OrderStatus.DELIVERED


def test_without_its_goods_an_order_ends_with_its_services() -> None:
    order = paid(Scenario(lines=(LAMP, SHIPPING), long_steps=True))
    refund(order, {"sku": PLENTY, "quantity": 1})
    view = order.finish()
    assert (view.status, view.parcels, view.payment_status) == (
        OrderStatus.DELIVERED,
        [],
        PaymentStatus.PARTLY_REFUNDED,
    )
