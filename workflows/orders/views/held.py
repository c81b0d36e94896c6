"""What an order holds: money that was not refunded, and pieces that are reserved for it."""

from collections import Counter

from workflows.orders.views.models import OrderView, ReservationStatus
from workflows.orders.views.wording import pieces
from workflows.shared.money import format_money


def held_words(order: OrderView) -> str:
    """Return what the order holds, such as ``$120.00 and 3 reserved pieces``; empty if it holds nothing."""
    money: Counter[str] = Counter()
    for entry in order.ledger:
        money[entry.currency] += entry.amount if entry.kind == "capture" else -entry.amount
    words = [format_money(amount, currency) for currency, amount in money.items() if amount > 0]
    held = [one for one in order.reservations if one.status == ReservationStatus.HELD]
    if count := sum(line.quantity for one in held for line in one.lines):
        words.append(f"{pieces(count)} of stock")
    return " and ".join(words)
