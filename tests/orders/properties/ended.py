"""An order at its end, with what was done to it meanwhile."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.orders.properties.ledger import Row
from tests.orders.properties.payloads import BY_HAND
from workflows.orders.models import OrderStatus, PaymentConfirmation, ShipmentStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.orders.views.models import CaptureStatus, OrderView, PaymentView, ReservedLine

UNDONE = frozenset({OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
OUT_OF_THE_HOUSE = (ShipmentStatus.DELIVERED, ShipmentStatus.LOST)


@dataclass(frozen=True)
class Ended:
    """An order at its end, with what was sent to it while it took signals."""

    view: OrderView
    confirmed: tuple[PaymentConfirmation, ...]
    accepted_by_hand: frozenset[str] = frozenset()
    """The payments that somebody decided to accept, or tried to."""
    skipped: frozenset[str] = frozenset()
    """The IDs of the steps that somebody skipped, or tried to."""
    outcomes: Mapping[str, PaymentOutcome | None] = field(default_factory=dict)
    """How the payments of the front door ended; None for one that the books know as another one."""
    to_nobody: Mapping[str, PaymentOutcome | None] = field(default_factory=dict)
    """The same for payments of an order that does not exist."""

    terminated: bool = False
    """Whether somebody terminated it, so that it undid nothing."""

    @property
    def order_id(self) -> str:
        """Its ID."""
        return self.view.request.order_id

    @property
    def pieces(self) -> Counter[str]:
        """What was ordered."""
        return count(ReservedLine(sku=line.sku, quantity=line.quantity) for line in self.view.request.lines)

    @property
    def gone(self) -> Counter[str]:
        """The pieces that were delivered or lost."""
        return count(line for parcel in self.view.parcels if parcel.status in OUT_OF_THE_HOUSE for line in parcel.lines)

    @property
    def given_by_hand(self) -> set[str]:
        """The parcels that a person gave to a carrier; what the carrier's books say of them is another parcel's."""
        return {parcel.parcel_id for parcel in self.view.parcels if parcel.carrier.startswith(BY_HAND)}

    @property
    def worth(self) -> int:
        """What the customer must pay for in the end, in minor units: all but what was refunded or cancelled."""
        return self.view.request.total - self.refunded - self.cancelled

    @property
    def refunded(self) -> int:
        """The price of the pieces that were refunded by line, in minor units."""
        return self._price(self.view.refunded_lines)

    @property
    def cancelled(self) -> int:
        """The price of the pieces that were cancelled, in minor units."""
        return self._price(self.view.cancelled_lines)

    @property
    def paying(self) -> list[PaymentView]:
        """The payments that may have paid the order: nothing was wrong with them, or somebody accepted them."""
        return [
            payment
            for payment in self.view.payments
            if payment.status != CaptureStatus.REJECTED_BY_LEDGER
            and (not payment.reason or payment.payment_id in self.accepted_by_hand)
        ]

    def of_parcels_and_stock(self, rows: Sequence[Row], key: str) -> list[Row]:
        """Return those rows whose ID says that they are the order's."""
        return [row for row in rows if row[key].startswith((f"{self.order_id}/", f"{self.order_id}-P"))]

    def _price(self, lines: Iterable[ReservedLine]) -> int:
        prices = {line.sku: line.unit_price for line in self.view.request.lines}
        return sum(prices[line.sku] * line.quantity for line in lines)


def count(lines: Iterable[ReservedLine]) -> Counter[str]:
    """Return the pieces of each SKU."""
    pieces: Counter[str] = Counter()
    for line in lines:
        pieces[line.sku] += line.quantity
    return pieces
