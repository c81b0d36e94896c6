"""Refunds of delivered orders: each is decided once, together with its order's others, and its money set aside."""

from collections.abc import Callable

from pydantic import JsonValue
from sqlalchemy import Connection, select, update

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.ledger import set_aside
from workers.store.order_books import payments_of
from workers.store.schema import business_items, captures
from workflows.orders.late_refunds.models import RefundPlan, RefundRequest
from workflows.orders.late_refunds.progress import late_part
from workflows.orders.payments.records import refund_key
from workflows.orders.ports import BookedPayment, NotRefundableError, Refund
from workflows.shared.items import ItemRecord, hash_of
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
    # One refund of an order is decided at a time.
    mine = select(captures.c.payment_id).where(captures.c.order_id == order_id).order_by(captures.c.payment_id)
    connection.execute(mine.with_for_update()).all()
    item_id = key_of("late-refunds", order_id)
    item = business_items.c
    state = connection.scalar(select(item.state).where(item.item_id == item_id))
    earlier = [RefundPlan.model_validate(each) for each in state or []]
    known = next((plan for plan in earlier if plan.refund_id == request.refund_id), None)
    if known is not None:
        if known.request_hash != hash_of(request):
            raise NotRefundableError(f"refund {request.refund_id} is known with another request; choose another ID")
        return known
    plan = decide(payments_of(connection, order_id), earlier)
    for part in plan.parts:
        key = refund_key(order_id, part.payment_id, late_part(plan.refund_id))
        set_aside(connection, Refund(key, part.payment_id, order_id, part.amount, plan.currency))
    plans: list[JsonValue] = [each.model_dump(mode="json") for each in (*earlier, plan)]
    record = ItemRecord(
        sequence=len(plans), status="DECIDED", finished=False, chain="", request_hash="", state=plans
    ).model_dump()
    if not insert_new(connection, business_items, {"item_id": item_id, **record}):
        connection.execute(update(business_items).where(item.item_id == item_id).values(**record))
    return plan
