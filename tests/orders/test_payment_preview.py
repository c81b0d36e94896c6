"""What a payment would do is told before, and comes true."""

import pytest

from tests.orders.properties.scenarios import PLENTY, Scenario
from tests.orders.properties.simulated import SimulatedOrder, waiting_for_payment
from tests.orders.test_partial_payments import LAMP, partly_paid, pay
from workflows.orders.models import CapturedPayment
from workflows.orders.payments.preview_models import PaymentPreview
from workflows.orders.policy import OrderPolicy
from workflows.orders.views.wording import moment

STRICT = Scenario(lines=((PLENTY, 1, 2_500),), long_steps=True, policy=OrderPolicy(payment_too_little="refund"))
PARKS_EXCESS = Scenario(lines=((PLENTY, 1, 2_500),), long_steps=True, policy=OrderPolicy(payment_too_much="park"))


def preview(order: SimulatedOrder, amount: int, payment_id: str = "b", currency: str = "USD") -> PaymentPreview:
    payment = CapturedPayment(payment_id=payment_id, amount=amount, currency=currency)
    answer: PaymentPreview = order.run.query("preview_payment", payment)
    return answer


@pytest.mark.parametrize(
    ("order", "amount", "outcome", "words", "status"),
    [
        (LAMP, 2_500, "pays", "takes $25.00, starts picking", "APPLIED"),
        (LAMP, 3_000, "overpays", "takes $30.00, starts picking; $5.00 too much goes back", "APPLIED"),
        (LAMP, 1_000, "part", "takes $10.00 as a part of $25.00; $15.00 is missing until", "PARKED"),
        (STRICT, 1_000, "refused", "the order costs $25.00, not $10.00; $10.00 goes back to b", "RETURNED"),
        (PARKS_EXCESS, 3_000, "waits", "is kept aside until somebody decides: the order costs $25.00", "PARKED"),
    ],
)
def test_a_preview_comes_true(order: Scenario, amount: int, outcome: str, words: str, status: str) -> None:
    simulated = waiting_for_payment(order)
    before = simulated.view.model_dump()
    told = preview(simulated, amount)
    assert (told.outcome, told.effect.startswith(words)) == (outcome, True), told
    assert simulated.view.model_dump() == before
    pay(simulated, "b", amount)
    (payment,) = simulated.view.payments
    assert payment.status == status


def test_a_part_that_came_before_counts() -> None:
    order = partly_paid(1_000)
    due = order.view.due_at
    assert due is not None
    until = moment(due)
    assert preview(order, 500).effect == f"takes $5.00 as a part of $25.00; $10.00 is missing until {until}"
    assert preview(order, 1_500).effect == "takes $15.00, which pays the order with a, starts picking"
    assert preview(order, 1_000, "a").outcome == "nothing"
    assert preview(order, 900, "a").effect.startswith("payment a was confirmed with $10.00 before, now with $9.00")
    assert preview(order, 1_500, currency="EUR").outcome in {"waits", "refused"}
