"""What holds for an order that has ended: its own words, the books, and the order in which things happened."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.orders.properties.invariants import CONSUMED, HELD, kept
from tests.orders.properties.ledger import Books, Change, Row
from workflows.orders.models import (
    OrderRequest,
    OrderStatus,
    OrderView,
    PaymentConfirmation,
    PaymentStanding,
    ShipmentStatus,
)
from workflows.orders.payment_models import PaymentOutcome

UNDONE = frozenset({OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
GONE_WITHOUT_BEING_DELIVERED = frozenset({"recalled", ShipmentStatus.LOST, ShipmentStatus.RETURNED})


@dataclass(frozen=True)
class Ended:
    """An order at its end, with what was sent to it while it took signals."""

    view: OrderView
    confirmed: tuple[PaymentConfirmation, ...]
    accepted_by_hand: frozenset[str] = frozenset()
    """The payments that somebody decided to accept."""
    outcomes: Mapping[str, PaymentOutcome | None] = field(default_factory=dict)
    """How the payments of the front door ended; None for one that the books know as another one."""

    @property
    def order_id(self) -> str:
        """Its ID."""
        return self.view.request.order_id

    @property
    def price(self) -> int:
        """What must have been paid before the order ships, in minor units: all, unless somebody decided otherwise."""
        request = self.view.request
        taken = [payment.amount for payment in self.confirmed if payment.payment_id in self.accepted_by_hand]
        return max(min([request.total, *taken]) - value_taken_back(self.view), 0)


def check_ended(ended: Ended, books: Books, trail: Sequence[Change], everyone: Sequence[Ended]) -> None:
    """Check everything about one order that has ended."""
    view = ended.view
    assert view.status in UNDONE | {OrderStatus.DELIVERED}, f"it has ended as {view.status}"
    check_money(ended, books)
    check_door(ended, books)
    check_every_payment_is_known(ended, books, everyone)
    check_stock(view, books)
    check_parcels(view, books)
    check_order_of_things(ended, trail)
    assert view.attention is None, f"it has ended, and still wants attention: {view.attention}"


def value_kept(view: OrderView) -> Counter[str]:
    """Return what the customer has had for the money, as the order says it."""
    if view.status in UNDONE:
        return Counter()
    applied = [payment for payment in view.payments if payment.standing == PaymentStanding.APPLIED]
    assert len(applied) <= 1, f"paid twice: {applied}"
    assert all(payment.currency == view.request.currency for payment in applied)
    paid = min(applied[0].amount, view.request.total) if applied else 0
    back = value_taken_back(view)
    assert applied or back >= view.request.total, "delivered, and paid by nobody"
    return +Counter({view.request.currency: paid - back})


def value_taken_back(view: OrderView) -> int:
    """Return the price of the pieces that were refunded by line, in minor units."""
    price = {line.sku: line.unit_price for line in view.request.lines}
    return sum(price[line.sku] * line.quantity for line in view.refunded_lines)


def check_money(ended: Ended, books: Books) -> None:
    """Check that captured less refunded is the value delivered, and that the order tells the rows of the store."""
    view = ended.view
    money = kept(books, ended.order_id)
    assert money == value_kept(view), f"kept {dict(money)}, delivered {dict(value_kept(view))}"
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


def check_door(ended: Ended, books: Books) -> None:
    """Check that a payment of the front door pays its order, or is back, as its outcome says."""
    applied = {payment.payment_id for payment in ended.view.payments if payment.standing == PaymentStanding.APPLIED}
    for payment_id, outcome in ended.outcomes.items():
        captured = sum(row["amount"] for row in books.captures if row["payment_id"] == payment_id)
        back = sum(row["amount"] for row in books.refunds if row["payment_id"] == payment_id)
        if outcome == PaymentOutcome.REFUNDED:
            assert captured == back, f"{payment_id} is refunded, and {captured - back} of it is left"
        if payment_id in applied and outcome is not None:
            assert outcome == PaymentOutcome.APPLIED, f"{payment_id} pays the order, and the door says {outcome}"


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


def check_stock(view: OrderView, books: Books) -> None:
    """Check that each reservation has ended: consumed by what was delivered or lost, else released."""
    for row in _of(view.request, books.reservations, "reservation_id"):
        assert row["status"] != HELD, f"{row} holds stock for an order that has ended"
    stored = {row["reservation_id"]: row["status"] for row in books.reservations}
    pieces: Counter[str] = Counter()
    for line in _of(view.request, books.reservation_lines, "reservation_id"):
        if stored[line["reservation_id"]] == CONSUMED:
            pieces[line["sku"]] += line["quantity"]
    gone = Counter[str]()
    for parcel in view.parcels:
        if parcel.status in (ShipmentStatus.DELIVERED, ShipmentStatus.LOST):
            gone.update({line.sku: line.quantity for line in parcel.lines})
    assert pieces == gone, f"consumed {dict(pieces)}, delivered or lost {dict(gone)}"
    for reservation in view.reservations:
        assert stored[reservation.reservation_id] == reservation.status, f"{reservation} is not as in {stored}"
    if view.status == OrderStatus.DELIVERED:
        gone.update({line.sku: line.quantity for line in view.refunded_lines})
        missing = Counter({line.sku: line.quantity for line in view.request.lines}) - gone
        assert not missing, f"neither delivered nor refunded: {dict(missing)}"


def check_parcels(view: OrderView, books: Books) -> None:
    """Check that the carrier's rows say what the order says, and that nothing was handed over after an undone end."""
    rows = _of(view.request, books.parcels, "parcel_id")
    told = {parcel.parcel_id: parcel.status for parcel in view.parcels}
    for row in rows:
        if row["parcel_id"] in told:
            assert row["status"] == told[row["parcel_id"]], f"{row} is {told[row['parcel_id']]} in the order's words"
    if view.status == OrderStatus.DELIVERED:
        assert {row["status"] for row in rows} == {ShipmentStatus.DELIVERED}, f"delivered, but {rows}"
        return
    for row in rows:
        assert row["status"] in GONE_WITHOUT_BEING_DELIVERED, f"{view.status}, but {row}"
        handed_over = row["carrier"] is not None
        assert not handed_over or _before(row["created_at"], view.stage_since), f"handed over after the end: {row}"


def check_order_of_things(ended: Ended, trail: Sequence[Change]) -> None:
    """Check that whenever a parcel was handed over the order was paid and its pieces were held for it."""
    request, price = ended.view.request, ended.price
    money = 0
    reservation: str | None = None
    for change in trail:
        row = change.row
        if change.table == "captures" and row["order_id"] == request.order_id:
            money += row["amount"] if row["currency"] == request.currency else 0
        if change.table == "refunds" and row["order_id"] == request.order_id:
            money -= row["amount"] if row["currency"] == request.currency else 0
        if change.table == "reservations" and row["reservation_id"].startswith(f"{request.order_id}/"):
            reservation = row["status"]
        if change.table == "parcels" and change.before is None and row["order_id"] == request.order_id:
            assert money >= price, f"handed over when {money} of {price} was paid: {change}"
            assert reservation == HELD, f"handed over when its pieces were {reservation}: {change}"


def _of(request: OrderRequest, rows: Sequence[Row], key: str) -> list[Row]:
    return [row for row in rows if row[key].startswith((f"{request.order_id}/", f"{request.order_id}-P"))]


def _before(first: datetime, second: datetime) -> bool:
    return first <= second
