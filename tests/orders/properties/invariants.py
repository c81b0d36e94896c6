"""What always holds in the books, and at each of their changes. Amounts are in minor units, for each currency."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.orders.properties.ledger import Books, Change

HELD, CONSUMED, RELEASED = "HELD", "CONSUMED", "RELEASED"
MOVES = {(None, HELD), (None, RELEASED), (HELD, CONSUMED), (HELD, RELEASED), (CONSUMED, RELEASED)}
"""How a reservation may change: one that was given up before it was made is noted as released, and a parcel that
came back puts its pieces back."""

MONEY = ("captures", "refunds")


def check_books(books: Books, stocked: Mapping[str, int]) -> None:
    """Check what holds at every moment."""
    _check_pieces(books, stocked)
    _check_refunds(books)


def _check_pieces(books: Books, stocked: Mapping[str, int]) -> None:
    """Reserved and consumed pieces never exceed the stock, and no piece appears or vanishes."""
    status = {row["reservation_id"]: row["status"] for row in books.reservations}
    taken: Counter[str] = Counter()
    for line in books.reservation_lines:
        if status[line["reservation_id"]] in (HELD, CONSUMED):
            taken[line["sku"]] += line["quantity"]
    for row in books.stock:
        sku, available = row["sku"], row["available"]
        assert available >= 0, f"{sku}: {available} available"
        assert available + taken[sku] == stocked[sku], f"{sku}: {available} available and {taken[sku]} taken"


def _check_refunds(books: Books) -> None:
    """No payment gives back more than it brought, nor in another currency, nor for another order."""
    back: Counter[str] = Counter()
    for refund in books.refunds:
        back[refund["payment_id"]] += refund["amount"]
    captured = {row["payment_id"]: row for row in books.captures}
    for refund in books.refunds:
        capture = captured[refund["payment_id"]]
        same = (capture["currency"], capture["order_id"]) == (refund["currency"], refund["order_id"])
        assert same, f"{refund} is not of {capture}"
    for payment_id, amount in back.items():
        assert amount <= captured[payment_id]["amount"], f"{payment_id}: {amount} went back of {captured[payment_id]}"


def check_trail(trail: Iterable[Change]) -> None:
    """Check every change, one after the other: a reservation for which nothing was there is not kept."""
    filled: set[str] = set()
    for change in trail:
        if change.table in MONEY:
            assert change.before is None, f"money that moved is rewritten: {change}"
        if change.table == "reservations":
            before = change.before["status"] if change.before else None
            after = change.after["status"] if change.after else None
            ends_empty = (before, after) == (HELD, None) and change.row["reservation_id"] not in filled
            assert ends_empty or (before, after) in MOVES or before == after, f"no way of a reservation: {change}"
        if change.table == "reservation_lines":
            filled.add(change.row["reservation_id"])


def kept(books: Books, order_id: str) -> Counter[str]:
    """Return captured less refunded money of an order, by currency; currencies with nothing left are not named."""
    money: Counter[str] = Counter()
    for row in books.captures:
        money[row["currency"]] += row["amount"] if row["order_id"] == order_id else 0
    for row in books.refunds:
        money[row["currency"]] -= row["amount"] if row["order_id"] == order_id else 0
    return Counter({currency: amount for currency, amount in money.items() if amount})
