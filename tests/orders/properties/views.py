"""What holds for an order's answer at every moment, also against the rows of the store."""

from collections import Counter

from tests.orders.properties.books import Books
from workflows.orders.models import OrderStatus
from workflows.orders.steps.stuck import StepKind
from workflows.orders.views.models import CaptureStatus, OrderView
from workflows.shared.money import format_money


def check_reasons(view: OrderView) -> None:
    """Check that an order that waits for a person says why, and about how much money."""
    if view.status == OrderStatus.NEEDS_ACTION and any(action.enabled for action in view.actions):
        assert view.attention, f"needs action, and asks for no attention: {view.reason}"
        assert view.reason, f"needs action ({view.attention}), and does not say why"
    for parked in view.parked:
        assert parked.reason, f"{parked.payment_id} is parked, and nobody knows why"
    amounts = {
        format_money(amount, payment.currency)
        for payment in view.payments
        for amount in (payment.amount, *(part.amount for part in payment.parts))
    }
    for step in view.stuck:
        assert step.reason, f"{step.name} is stuck, and nobody knows why"
        if step.step.partition("/")[0] in (StepKind.REFUND, StepKind.RECORD):
            assert any(amount in step.name for amount in amounts), f"{step.name}: of how much?"


def check_owners(view: OrderView, books: Books) -> None:
    """Check that every captured minor unit has one owner: the shop, a parking place, or the customer."""
    captured = {row["payment_id"]: row["amount"] for row in books.captures}
    sent = Counter[str]()
    for row in books.refunds:
        sent[row["payment_id"]] += row["amount"]
    applied = [payment for payment in view.payments if payment.status == CaptureStatus.APPLIED]
    assert len(applied) <= 1, f"paid twice: {applied}"
    parked = {payment.payment_id for payment in view.parked}
    for payment in view.payments:
        if payment.status == CaptureStatus.REJECTED_BY_LEDGER:
            continue
        assert (payment.status == CaptureStatus.PARKED) == (payment.payment_id in parked), payment
        owed = sum(part.amount for part in payment.parts)
        known = sum(part.amount for part in payment.parts if part.sent)
        assert known <= sent[payment.payment_id] <= owed <= payment.amount, f"{payment}: {sent} sent"
        assert len({part.part for part in payment.parts}) == len(payment.parts), f"a part is owed twice: {payment}"
        assert captured.get(payment.payment_id, payment.amount) == payment.amount, payment
        if payment.status in (CaptureStatus.RETURNING, CaptureStatus.RETURNED):
            assert owed == payment.amount, f"goes back, but not all: {payment}"
        if payment.status == CaptureStatus.RETURNED:
            assert sent[payment.payment_id] == payment.amount, f"is not back: {payment}"
