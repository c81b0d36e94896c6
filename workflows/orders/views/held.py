"""What an order holds: money that was not refunded, and pieces that are reserved for it."""

from collections import Counter

from workflows.orders.views.models import OrderView, ReservationStatus, ReservedLine
from workflows.orders.views.wording import pieces
from workflows.shared.money import format_money


def held_money(order: OrderView) -> list[str]:
    """Return the customer's money that did not go back, of each currency."""
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
