"""Every captured minor unit has one owner, at every moment: the shop, a parking place, or the customer."""

from collections import Counter

from tests.orders.properties.ledger import Books
from workflows.orders.views.models import CaptureStatus, OrderView


def check_owners(view: OrderView, books: Books) -> None:
    """Check each payment that the order knows against the rows of the store."""
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
        if payment.payment_id in captured:
            assert captured[payment.payment_id] == payment.amount, payment
        if payment.status in (CaptureStatus.RETURNING, CaptureStatus.RETURNED):
            assert owed == payment.amount, f"goes back, but not all: {payment}"
        if payment.status == CaptureStatus.RETURNED:
            assert sent[payment.payment_id] == payment.amount, f"is not back: {payment}"
