"""Small words that timeline, effects, list rows and e-mails share."""

from workflows.orders.models import OrderLine


def pieces(count: int) -> str:
    """Return ``count`` pieces in words."""
    return "1 piece" if count == 1 else f"{count} pieces"


def line_words(line: OrderLine) -> str:
    """Return a line of an order, such as two times a chair."""
    return f"{line.quantity} × {line.name}"  # noqa: RUF001 - the multiplication sign is meant
