"""Refunds of delivered orders: each is decided once, together with its order's others, and its money set aside."""

from collections.abc import Callable

from sqlalchemy import Connection

from workers.store.engine import Store
from workers.store.item_lists import read_list, write_list
from workers.store.ledger import set_aside
from workers.store.order_books import lock_captures, payments_of
from workflows.orders.late_refunds.models import RefundPlan, RefundRequest
from workflows.orders.payments.records import late_part, refund_key
from workflows.orders.ports import BookedPayment, NotRefundableError, Refund
from workflows.shared.items import hash_of
from workflows.shared.keys import key_of

Decide = Callable[[list[BookedPayment], list[RefundPlan]], RefundPlan]


class SqlLateRefunds:
    """The port `LateRefunds`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def decide(self, request: RefundRequest, decide: Decide) -> RefundPlan:
        """Decide a refund in one transaction; see the port."""
        return await self._store.write(_decide, request, decide)


def _decide(connection: Connection, request: RefundRequest, decide: Decide) -> RefundPlan:
    order_id = request.order_id
    lock_captures(connection, order_id)
    item_id = key_of("late-refunds", order_id)
    earlier = read_list(connection, item_id, RefundPlan)
    known = next((plan for plan in earlier if plan.refund_id == request.refund_id), None)
    if known is not None:
        if known.request_hash != hash_of(request):
            raise NotRefundableError(f"refund {request.refund_id} is known with another request; choose another ID")
        return known
    plan = decide(payments_of(connection, order_id), earlier)
    for part in plan.parts:
        key = refund_key(order_id, part.payment_id, late_part(plan.refund_id))
        set_aside(connection, Refund(key, part.payment_id, order_id, part.amount, plan.currency))
    write_list(connection, item_id, [*earlier, plan])
    return plan
