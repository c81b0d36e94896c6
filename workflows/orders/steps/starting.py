"""What a new order must fit besides its model: rules that orders which run already may have begun without."""

from collections import Counter

from workflows.orders.edition import Edition
from workflows.orders.models import OrderRequest
from workflows.shared.money import ISO_DECIMALS

MOST_TOTAL = 10**15
"""In minor units: as much as one payment may be."""


def why_not_start(request: OrderRequest, edition: Edition = Edition.THIRD) -> str | None:
    """Return which field of a new order is wrong, and what would be right, or None."""
    if edition >= Edition.THIRD and request.currency not in ISO_DECIMALS:
        return f"currency: {request.currency} is not in use, says ISO 4217; use one like EUR or USD"
    pieces = Counter(line.sku for line in request.lines)
    twice = next((sku for sku, count in pieces.items() if count > 1), None)
    if twice is not None:
        return f"lines: {twice} is on {pieces[twice]} lines; write each SKU on one line, with all its pieces"
    if request.total > MOST_TOTAL:
        return f"lines: the order's total is {request.total} minor units; it may be {MOST_TOTAL} at most"
    return None


def why_not_this_id(request: OrderRequest, workflow_id: str, *, right: str) -> str | None:
    """Return why a new order cannot live under that workflow ID, or None: under two IDs it would be two orders."""
    if workflow_id == right:
        return None
    return f"order_id: order {request.order_id} has the workflow ID {right}, not {workflow_id}"
