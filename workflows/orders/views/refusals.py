"""How starts and updates are refused: one line for people, and nothing changed."""

from workflows.orders.models import ENDED, OrderRequest, OrderStatus
from workflows.orders.views.models import OrderView
from workflows.shared.items import shown
from workflows.shared.refusals import Refusal, refuse

NOT_NOW = "NotNow"
"""Type of the refusal of an update that the order's state does not allow."""

CONTRADICTION = "Contradiction"
"""Type of the refusal of a payment that the order knows with other money."""

PAYMENT_CONFLICT = "PaymentConflict"
"""Type of the failure of a payment that intake or ledger know with other money."""

MAX_TOTAL = 10**15
"""In minor units: as much as one payment may be."""


def refuse_if(why_not: str | None, kind: str = NOT_NOW) -> None:
    """Refuse a start or an update for that reason, if there is one.

    Raises:
        ApplicationError: of that type.
    """
    refuse(None if why_not is None else Refusal(kind, why_not))


def why_not_start(request: OrderRequest) -> str | None:
    """Return which field of a new order is wrong, and what would be right, or None."""
    if request.total > MAX_TOTAL:
        return f"lines: the order's total is {request.total} minor units; it may be {MAX_TOTAL} at most"
    return None


def why_not_this_id(request: OrderRequest, workflow_id: str, *, right: str) -> str | None:
    """Return why a new order must not have that workflow ID, or None: under two IDs it would be two orders."""
    if workflow_id == right:
        return None
    return f"order_id: order {request.order_id} has the workflow ID {right}, not {shown(workflow_id)}"


def rejection_words(order: OrderView) -> str:
    """Return why an order was rejected when it began, with the field that could be right."""
    reason = order.reason or "it is rejected"
    wrong = [number for number, line in enumerate(order.request.lines) if _names(reason, line.sku)]
    field = f"lines.{wrong[0]}.sku" if wrong else "lines"
    return f"{field}: {reason}"


def _names(reason: str, sku: str) -> bool:
    words = f"unknown SKU {sku}"
    return reason == words or reason.startswith(f"{words}: ")


def words_of_the_end(order: OrderView) -> str:
    """Return how an order ended that takes no more changes, and what to do instead."""
    if order.status not in ENDED:
        return "its workflow was ended before its time; `uv run tconsole check` says what it holds, and what to do"
    if order.status == OrderStatus.DELIVERED:
        return "it is delivered; what goes or comes back now is a refund after delivery (refund_delivered)"
    why = f" ({order.reason})" if order.reason else ""
    return f"it is {order.status.lower()}{why}; its money went back and its stock is free, so start a new order"
