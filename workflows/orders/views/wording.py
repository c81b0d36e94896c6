"""Phrases that timeline, effects, list rows and e-mails share."""

from datetime import datetime, timedelta

from workflows.orders.models import OrderLine, OrderRequest
from workflows.shared.counts import number_of


def pieces(count: int) -> str:
    """Return ``count`` pieces in words."""
    return number_of(count, "piece")


def duration(length: timedelta) -> str:
    """Return a length of time in words, such as 1 minute and 30 seconds: workflows keep them, so no library does it."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts = {"day": days, "hour": hours, "minute": minutes, "second": seconds}
    parts = [f"{count} {unit}{'s' if count > 1 else ''}" for unit, count in counts.items() if count]
    *most, last = parts or ["0 seconds"]
    return f"{', '.join(most)} and {last}" if most else last


def moment(when: datetime) -> str:
    """Return a moment, such as 31 January 2025, 14:30 UTC."""
    return f"{when:%d %B %Y, %H:%M} UTC"


def line_words(line: OrderLine) -> str:
    """Return a line of an order, such as two times a chair."""
    return pieces_of(line.quantity, line.name)


def ordered(request: OrderRequest) -> str:
    """Return what was ordered, in one line."""
    return ", ".join(map(line_words, request.lines))


def pieces_of(quantity: int, name: str) -> str:
    """Return a number of pieces of something, such as two times a chair."""
    return f"{quantity} × {name}"  # noqa: RUF001 - the multiplication sign is meant
