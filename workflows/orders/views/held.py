"""What an order holds that is not settled: money for goods that did not arrive, pieces reserved, parcels under way."""

from collections import Counter
from collections.abc import Iterable, Iterator

from workflows.orders.models import ENDED, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import OrderView, ReservationStatus, ReservedLine
from workflows.orders.views.wording import pieces
from workflows.shared.money import format_money

ARRIVED = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED})
"""Statuses of parcels that are not on their way."""


def held_money(order: OrderView) -> list[str]:
    """Return the customer's money that did not go back, of each currency; none once it is earned by the delivery."""
    if order.status == OrderStatus.DELIVERED:
        return []
    money: Counter[str] = Counter()
    for entry in order.ledger:
        money[entry.currency] += entry.amount if entry.kind == "capture" else -entry.amount
    return [format_money(amount, currency) for currency, amount in money.items() if amount > 0]


def held_lines(order: OrderView) -> list[ReservedLine]:
    """Return the pieces that are reserved."""
    held = [one for one in order.reservations if one.status == ReservationStatus.HELD]
    return [line for one in held for line in one.lines]


def held_words(order: OrderView) -> str:
    """Return what the order holds, such as ``$120.00 and 3 reserved pieces``; empty if it holds nothing."""
    words = held_money(order)
    if count := sum(line.quantity for line in held_lines(order)):
        words.append(f"{pieces(count)} of stock")
    return " and ".join(words)


def still_held(order: OrderView) -> list[str]:
    """Return in words what is open: money and what it is for, refunds, stock and parcels."""
    return [*_money(order), *_goods(order)]


def _money(order: OrderView) -> Iterator[str]:
    for money in held_money(order):
        yield f"{money} of the customer's money, {_what_for(order)}"
    if order.payment_status == PaymentStatus.REFUND_PENDING:
        yield "a refund that has not gone back yet"
    for parked in order.parked:
        yield f"{format_money(parked.amount, parked.currency)} of {parked.payment_id}, about which nobody has decided"


def _what_for(order: OrderView) -> str:
    """Return why the order has money that is not earned."""
    if order.status in ENDED:
        return "which did not go back"
    if any(parcel.status == ShipmentStatus.DELIVERED for parcel in order.parcels):
        return "for goods of which a part is delivered"
    return "for goods that are not delivered yet"


def _goods(order: OrderView) -> Iterator[str]:
    if held := held_lines(order):
        yield f"{pieces(sum(line.quantity for line in held))} in stock, reserved: {_listed(held)}"
    for parcel in order.parcels:
        if parcel.status not in ARRIVED:
            yield f"parcel {parcel.parcel_id}, {parcel.status.lower()}"
    if order.back_ordered:
        yield f"it waits for {_listed(order.back_ordered)}"


def _listed(lines: Iterable[ReservedLine]) -> str:
    return ", ".join(f"{line.quantity} \N{MULTIPLICATION SIGN} {line.sku}" for line in lines)
