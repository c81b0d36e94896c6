"""What a customer hears of an order that is rejected as it begins."""

import pytest

from tests.orders.properties.events import Pay
from tests.orders.properties.scenarios import SOLD_OUT, Scenario
from tests.orders.properties.simulated import SimulatedOrder
from tests.support.orders import texts
from workflows.orders.models import OrderStatus, PaymentStatus

NO_SKU = "THRONE"


@pytest.mark.parametrize(
    ("sku", "paid", "told"),
    [
        pytest.param(SOLD_OUT, False, True, id="it is sold out"),
        pytest.param(NO_SKU, False, False, id="a slip of the shop's, which it puts right under the same ID"),
        pytest.param(NO_SKU, True, True, id="money came, and goes back"),
    ],
)
def test_a_customer_hears_of_a_rejection_that_is_about_them(sku: str, *, paid: bool, told: bool) -> None:
    order = SimulatedOrder(Scenario(lines=((sku, 1, 2_500),)))
    if paid:
        order.tell(Pay(1))
    view = order.finish()
    assert (view.status, "e-mail: rejected" in texts(view)) == (OrderStatus.REJECTED, told)
    assert view.payment_status == (PaymentStatus.REFUNDED if paid else PaymentStatus.UNPAID)
    assert view.reason == ("unknown SKU THRONE" if sku == NO_SKU else f"not in stock: {sku}: 1 wanted, 0 available")
