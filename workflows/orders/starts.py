"""Starts of an order: which of them go on, when an earlier one under the same ID has left something in the store."""

from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.views.models import OrderView
from workflows.shared.items import ItemRecord, hash_of


def start_record(request: OrderRequest, *, chain: str, rejected: int) -> ItemRecord:
    """Return the record of an order that begins, after so many starts that were rejected."""
    return ItemRecord(
        sequence=2 * rejected,  # the outcome of the same start is one more
        status=OrderStatus.CREATED,
        finished=False,
        chain=chain,
        request_hash=hash_of(request),
        state=request.model_dump(mode="json"),
    )


def rejected_before(record: ItemRecord) -> int:
    """Return how many starts had been rejected before the one of this record."""
    return record.sequence // 2


def may_be_corrected(record: ItemRecord, request: OrderRequest, *, chain: str) -> bool:
    """Return whether another order may begin under the ID: the earlier one was rejected before anything was done.

    The same order is not started again: it is rejected already.
    """
    if record.chain == chain or record.status != OrderStatus.REJECTED or not record.finished:
        return False
    return was_rejected_at_start(OrderView.model_validate(record.state), request)


def was_rejected_at_start(order: OrderView, request: OrderRequest) -> bool:
    """Return whether an order was rejected with nothing held and no money, and ``request`` is another one."""
    untouched = not (order.reservations or order.ledger or order.payments)
    return order.status == OrderStatus.REJECTED and untouched and order.request != request


def why_not_this_request(record: ItemRecord, request: OrderRequest, *, chain: str) -> str | None:
    """Return how a request differs from the one of an unfinished order with its ID, or None if it is the same."""
    if record.finished or record.chain == chain or record.request_hash == hash_of(request):
        return None
    before = record.state if isinstance(record.state, dict) else {}
    given = request.model_dump(mode="json").items()
    differs = [name for name, value in given if name in before and before[name] != value]
    if not differs:  # a later version has more fields
        return None
    return (
        f"order {request.order_id} was started before with other {', '.join(differs)};"
        " start it with the same request, or choose another ID"
    )
