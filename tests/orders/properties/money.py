"""What holds for the money of an order that has ended."""

from collections import Counter
from collections.abc import Sequence

from tests.orders.properties.ended import UNDONE, Ended
from tests.orders.properties.invariants import kept
from tests.orders.properties.ledger import Books
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.orders.views.models import CaptureStatus


def check_money(ended: Ended, books: Books) -> None:
    """Check that captured less refunded is the value delivered, and that the order tells the rows of the store."""
    _check_kept(ended, kept(books, ended.order_id))
    view = ended.view
    stored = {
        (kind, row["payment_id"], row["amount"], row["currency"], row["reference"])
        for kind, rows in (("capture", books.captures), ("refund", books.refunds))
        for row in rows
        if row["order_id"] == ended.order_id
    }
    told = {(row.kind, row.payment_id, row.amount, row.currency, row.reference) for row in view.ledger}
    assert len(told) == len(view.ledger), "the order says the same row twice"
    assert told <= stored, f"only told: {told - stored}"
    # What came when the order had ended, the front door alone could record and send back.
    by_the_door = {row for row in stored - told if row[1] in ended.outcomes}
    assert stored - told == by_the_door, f"only stored: {stored - told}"


def _check_kept(ended: Ended, money: Counter[str]) -> None:
    view, currency = ended.view, ended.view.request.currency
    assert set(money) <= {currency}, f"kept in another currency: {dict(money)}"
    left = money[currency]
    if view.status in UNDONE:
        assert left == 0, f"{view.status}, and {left} is kept"
        return
    applied = [payment for payment in view.payments if payment.status == CaptureStatus.APPLIED]
    assert len(applied) <= 1, f"paid twice: {applied}"
    assert all(payment.currency == currency for payment in applied)
    too_little = [
        payment.amount
        for payment in ended.paying
        if payment.payment_id in ended.accepted_by_hand and payment.amount < view.request.total
    ]
    if not too_little:
        assert left == ended.worth, f"kept {left} for what is worth {ended.worth}"
        return
    # Somebody tried to accept too little, which is refused where another payment was there first.
    paid = [min(payment.amount, view.request.total) for payment in applied] or [0]
    least = max(paid[0] - ended.refunded - ended.cancelled, 0)
    assert least <= left <= ended.worth, f"kept {left} for what is worth {ended.worth}, paid with {paid}"


def check_doors(ended: Ended, books: Books) -> None:
    """Check that a payment of the front door pays its order, or is back, as its outcome says."""
    applied = {payment.payment_id for payment in ended.view.payments if payment.status == CaptureStatus.APPLIED}
    for payment_id, outcome in {**ended.outcomes, **ended.to_nobody}.items():
        captured = sum(row["amount"] for row in books.captures if row["payment_id"] == payment_id)
        back = sum(row["amount"] for row in books.refunds if row["payment_id"] == payment_id)
        if outcome == PaymentOutcome.REFUNDED:
            assert captured == back, f"{payment_id} is refunded, and {captured - back} of it is left"
        if payment_id in applied and outcome is not None:
            assert outcome == PaymentOutcome.APPLIED, f"{payment_id} pays the order, and the door says {outcome}"
    kept_for_nobody = [name for name, outcome in ended.to_nobody.items() if outcome != PaymentOutcome.REFUNDED]
    assert not kept_for_nobody, f"of an order that does not exist: {kept_for_nobody}"


def check_every_payment_is_known(ended: Ended, books: Books, everyone: Sequence[Ended]) -> None:
    """Check that no payment is dropped: it is in the books, as one of its confirmations says it."""
    captured = {row["payment_id"]: (row["order_id"], row["amount"], row["currency"]) for row in books.captures}
    said = {
        (payment.payment_id, other.order_id, payment.amount, payment.currency)
        for other in everyone
        for payment in other.confirmed
    }
    for payment in ended.confirmed:
        row = captured.get(payment.payment_id)
        assert row is not None, f"payment {payment.payment_id} is in no book"
        assert (payment.payment_id, *row) in said, f"payment {payment.payment_id} is booked as {row}, as nobody said"
