"""What a list row says of an order in words, from its start to its end."""

from workflows.orders.models import OrderRequest
from workflows.orders.views.wording import line_words


def title(request: OrderRequest) -> str:
    """Return whose order it is."""
    return request.customer.name


def note(request: OrderRequest) -> str:
    """Return what was ordered."""
    return ", ".join(line_words(line) for line in request.lines)
