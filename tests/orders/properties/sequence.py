"""What holds for the order in which things happened: nothing leaves the house unpaid, or without being held."""

from collections import Counter
from collections.abc import Sequence

from tests.orders.properties.ended import Ended, count
from tests.orders.properties.invariants import HELD
from tests.orders.properties.ledger import Change, Row


def check_sequence(ended: Ended, trail: Sequence[Change]) -> None:
    """Check that whenever a parcel was handed over its order was paid and its pieces were held for it."""
    past = Past(ended)
    for change in trail:
        if _hands_over(ended, change):
            past.check_hand_over(change.row)
        past.add(change)


def _hands_over(ended: Ended, change: Change) -> bool:
    new = change.table == "parcels" and change.before is None and change.row["order_id"] == ended.order_id
    return new and change.row["parcel_id"] not in ended.given_by_hand


class Past:
    """What had happened to an order in the books at some moment."""

    def __init__(self, ended: Ended) -> None:
        self._ended = ended
        self._paying = {payment.payment_id for payment in ended.paying}
        self._captured: Counter[str] = Counter()
        self._back = 0
        self._reservations: dict[str, str] = {}
        self._pieces: dict[tuple[str, str], int] = {}

    def add(self, change: Change) -> None:
        """Learn what happened next."""
        row = change.row
        match change.table:
            case "captures" if self._is_payment(row):
                self._captured[row["payment_id"]] = row["amount"]
            case "refunds" if self._is_payment(row):
                self._back += row["amount"]
            case "reservations" if row["reservation_id"].startswith(f"{self._ended.order_id}/"):
                self._reservations[row["reservation_id"]] = row["status"] if change.after else ""
            case "reservation_lines" if row["reservation_id"].startswith(f"{self._ended.order_id}/"):
                self._pieces[row["reservation_id"], row["sku"]] = row["quantity"] if change.after else 0

    def check_hand_over(self, row: Row) -> None:
        """Check that a parcel may leave now."""
        paid, price = max(self._captured.values(), default=0), self._price
        assert paid >= price, f"handed over when {paid} of {price} was paid: {row}"
        left = self._captured.total() - self._back
        assert left >= price - self._ended.refunded, f"handed over when {left} of {price} was left: {row}"
        wanted = next(
            (count(parcel.lines) for parcel in self._ended.view.parcels if parcel.parcel_id == row["parcel_id"]),
            Counter[str](),
        )
        held = self._held
        assert held, f"handed over when nothing was held for it: {row}"
        assert not wanted - held, f"handed over {dict(wanted)} when {dict(held)} was held: {row}"

    @property
    def _price(self) -> int:
        """What must have been paid, in minor units: all that is not cancelled in the end, or less by decision."""
        by_hand = [
            payment.amount for payment in self._ended.paying if payment.payment_id in self._ended.accepted_by_hand
        ]
        return max(min([self._ended.view.request.total, *by_hand]) - self._ended.cancelled, 1)

    @property
    def _held(self) -> Counter[str]:
        held: Counter[str] = Counter()
        for (reservation_id, sku), quantity in self._pieces.items():
            if quantity and self._reservations.get(reservation_id) == HELD:
                held[sku] += quantity
        return held

    def _is_payment(self, row: Row) -> bool:
        mine = (row["order_id"], row["currency"]) == (self._ended.order_id, self._ended.view.request.currency)
        return mine and row["payment_id"] in self._paying
