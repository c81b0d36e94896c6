"""Who has pieces and parcels: a running order, the customer, or nobody. Pure functions."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from workers.books.findings import Finding, Remedies
from workers.books.money import KnownOrder
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.payment_intake.activities import WITH_CUSTOMER
from workflows.orders.views.models import OrderView, ReservationStatus
from workflows.orders.views.wording import pieces

GONE = WITH_CUSTOMER | {ShipmentStatus.LOST}
"""Parcels whose pieces do not come back."""

RESERVATION = "/reservation"
"""What follows an order's ID in those of its reservations."""


def order_of(reservation_id: str) -> str:
    """Return the order that a reservation is for."""
    return reservation_id.rpartition(RESERVATION)[0]


@dataclass(frozen=True)
class Reserved:
    """A reservation that is not released."""

    reservation_id: str
    status: ReservationStatus
    lines: Mapping[str, int]

    @property
    def order_id(self) -> str:
        """The order that it is for."""
        return order_of(self.reservation_id)


@dataclass(frozen=True)
class OrderMoney:
    """All that was captured for an order, and all that went back, in minor units, whatever the currency."""

    captured: int = 0
    refunded: int = 0

    @property
    def all_back(self) -> bool:
        """Whether money came, and nothing of it is left."""
        return 0 < self.captured <= self.refunded


def judge_reservation(reserved: Reserved, order: KnownOrder, money: OrderMoney, remedies: Remedies) -> Finding | None:
    """Return what is wrong with a reservation, or None."""
    if _has_owner(reserved, order):
        return None
    held = "held" if reserved.status == ReservationStatus.HELD else "booked out"
    mend = remedies.mend("stock", reserved.reservation_id)
    stopped = order.run if order.outcome is None else None
    if stopped and not money.all_back:  # it goes on where it was, and ends by itself
        mend = remedies.reset(stopped)
    amount = f"{pieces(sum(reserved.lines.values()))} {held}, and order {reserved.order_id} {order.words}"
    what = "stock of an order that has stopped" if stopped else "stock without an owner"
    return Finding(what, f"reservation {reserved.reservation_id}", amount, mend)


def _has_owner(reserved: Reserved, order: KnownOrder) -> bool:
    consumed = reserved.status == ReservationStatus.CONSUMED
    if order.outcome is not None:
        return consumed and _left(order.outcome, reserved)
    if order.run is not None and order.run.running:
        return True
    return consumed and order.goods_left


def _left(outcome: OrderView, reserved: Reserved) -> bool:
    """Return whether the pieces are delivered or lost, in the words of the order."""
    told = next((held.status for held in outcome.reservations if held.reservation_id == reserved.reservation_id), None)
    away: Counter[str] = Counter()
    for parcel in outcome.parcels:
        if parcel.status in GONE:
            away.update({line.sku: line.quantity for line in parcel.lines})
    return told != ReservationStatus.RELEASED and Counter(reserved.lines) <= away


@dataclass(frozen=True)
class Sent:
    """A parcel that is with the customer or on its way, while all money of its order went back."""

    parcel_id: str
    order_id: str
    status: str


def judge_parcel(parcel: Sent, order: KnownOrder, remedies: Remedies) -> Finding | None:
    """Return what is wrong with a parcel of a refunded order, or None."""
    if order.outcome is not None:
        told = {each.parcel_id: each.status for each in order.outcome.parcels}
        by_decision = order.outcome.status == OrderStatus.DELIVERED
        if by_decision or told.get(parcel.parcel_id, parcel.status) not in WITH_CUSTOMER:
            return None
    elif order.run is not None and order.run.running:
        return None
    amount = f"{parcel.status}, all money of order {parcel.order_id} went back, and the order {order.words}"
    return Finding(
        "parcel of a refunded order", f"parcel {parcel.parcel_id}", amount, remedies.mend("parcel", parcel.parcel_id)
    )
