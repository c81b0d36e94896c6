"""What travels together: lines of an order, the stock reserved for them, and their parcel."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflows.orders.models import Address, OrderLine, OrderStatus, ShipmentReport, ShipmentStatus
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import Parcel, Reservation, ReservationStatus, ReservedLine


class Step(StrEnum):
    """What warehouse and carrier do one after the other, in the words of the timeline."""

    PICK = "picking"
    PACK = "packing"
    SHIP = "getting ready to ship"
    DELIVER = "on its way"


WAREHOUSE = (Step.PICK, Step.PACK, Step.SHIP)

PARCEL_TROUBLE = {
    ShipmentStatus.LOST: (Attention.PARCEL_LOST, "is lost"),
    ShipmentStatus.RETURNED: (Attention.PARCEL_RETURNED, "came back"),
}


def reservation_id(order_id: str, number: int) -> str:
    """Return the ID of a reservation; an order's are counted from 1."""
    return f"{order_id}/reservation" + (f"-{number}" if number > 1 else "")


@dataclass
class Shipment:
    """Some pieces of an order, from their reservation to the customer. An order has one, or several."""

    order_id: str
    number: int
    """Counted from 1 within the order; part of the parcel's ID."""
    lines: list[ReservedLine]
    reservations: list[Reservation] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    """The IDs of all reservations that were asked for, also of those whose answer is not known."""
    awaits: list[ReservedLine] = field(default_factory=list)
    """Those of its pieces that are not in stock yet; it is not picked before they are."""
    awaited_until: datetime | None = None
    """When what has not come in is cancelled."""
    step: Step | None = None
    step_due: datetime | None = None
    reported: ShipmentStatus | None = None
    """What the warehouse reported before there was a parcel."""
    early: list[ShipmentReport] = field(default_factory=list)
    """Reports that came before there was a parcel, and are applied when there is one."""
    found: ShipmentStatus | None = None
    """Where the store has its parcel, of an earlier run."""
    been: set[ShipmentStatus] = field(default_factory=lambda: {ShipmentStatus.SHIPPED})
    """Every status that this run knows its parcel to have had."""
    not_stopped: str | None = None
    """Why the warehouse would not stop it when asked."""
    address: Address | None = None
    """Where the carrier was told to take it, from when its hand-over has begun."""
    hand_over_begun: bool = False
    handing_over: bool = False
    """Whether the carrier may be taking the parcel at this moment."""
    hand_over_failed: bool = False
    """Whether the carrier did not answer; the parcel may be there or not, and is recalled if the order ends."""
    handed_over_by_hand: bool = False
    """Whether the parcel is with a carrier whose records nobody can write."""
    parcel: Parcel | None = None
    """None until the carrier has confirmed that it has it; from then on the order's status follows the parcel."""
    return_offered: bool = False
    """Whether the customer, who asked to cancel too late, may send it back."""
    cancelled: bool = False
    """Whether it is not sent any more, or its loss is accepted, while the order goes on."""
    undone_separately: bool = False
    """Whether it is undone by itself, and not with the whole order."""

    @property
    def key(self) -> str:
        """Distinguishes its steps from those of the order's first shipment."""
        return "" if self.number == 1 else str(self.number)

    @property
    def parcel_id(self) -> str:
        """The parcel's ID, also before there is a parcel."""
        return f"{self.order_id}-P{self.number}"

    @property
    def pieces(self) -> int:
        """How many pieces it has."""
        return count(self.lines)

    @property
    def in_warehouse(self) -> bool:
        """Whether it is being picked, packed or handed over."""
        return self.step is not None and self.parcel is None

    @property
    def parcel_status(self) -> ShipmentStatus | None:
        """The parcel's status, if there is one."""
        return self.parcel.status if self.parcel else None

    def hold(self, held: Reservation) -> None:
        """Add a reservation, or replace a known one."""
        known = [each for each in self.reservations if each.reservation_id != held.reservation_id]
        self.reservations = [*known, held]

    def withdraw(self, held: Reservation, lines: Sequence[ReservedLine]) -> None:
        """Take pieces out of the shipment and its reservation."""
        self.lines = without(self.lines, lines)
        left = without(held.lines, lines)
        status = held.status if left else ReservationStatus.RELEASED
        self.hold(held.model_copy(update={"lines": left, "status": status}))

    @property
    def held(self) -> list[Reservation]:
        """The reservations whose pieces it has."""
        return [each for each in self.reservations if each.status == ReservationStatus.HELD]

    def holds(self, status: ReservationStatus) -> bool:
        """Return whether it has a reservation with that status."""
        return any(each.status == status for each in self.reservations)


def count(lines: Iterable[ReservedLine]) -> int:
    """Return how many pieces these are."""
    return sum(line.quantity for line in lines)


def quantities(lines: Iterable[OrderLine | ReservedLine]) -> Counter[str]:
    """Return the number of pieces of each SKU."""
    total: Counter[str] = Counter()
    for line in lines:
        total[line.sku] += line.quantity
    return total


def lines_of(pieces: Mapping[str, int]) -> list[ReservedLine]:
    """Return one line for each SKU."""
    return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in pieces.items()]


def by_sku(lines: Iterable[OrderLine | ReservedLine]) -> list[ReservedLine]:
    """Return the pieces of each SKU."""
    return lines_of(quantities(lines))


def without(lines: Iterable[ReservedLine], taken: Iterable[ReservedLine]) -> list[ReservedLine]:
    """Return what is left of the lines."""
    return lines_of(quantities(lines) - quantities(taken))


def status_of(shipments: Sequence[Shipment]) -> OrderStatus:
    """Return the status of a paid order with these shipments."""
    if any(shipment.parcel_status in PARCEL_TROUBLE for shipment in shipments):
        return OrderStatus.NEEDS_ACTION
    if all(shipment.parcel_status == ShipmentStatus.DELIVERED for shipment in shipments):
        return OrderStatus.DELIVERED
    if any(shipment.in_warehouse for shipment in shipments):
        return OrderStatus.FULFILLING
    on_its_way = any(shipment.parcel is not None for shipment in shipments)
    return OrderStatus.SHIPPED if on_its_way else OrderStatus.PAID
