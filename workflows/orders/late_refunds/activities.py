"""Decides a refund of a delivered order, once, with the ledger and the outcome that the store has."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from workflows.orders.client import workflow_id
from workflows.orders.late_refunds.models import RefundAnswer, RefundPlan, RefundRequest
from workflows.orders.late_refunds.rules import plan_late_refund
from workflows.orders.ports import BookedPayment, LateRefunds, NotRefundableError
from workflows.orders.views.models import OrderView
from workflows.shared.identity.current import IDENTITY
from workflows.shared.items import Items


class LateRefundActivities:
    """Plan refunds of orders that are delivered."""

    def __init__(self, items: Items, refunds: LateRefunds) -> None:
        self._items = items
        self._refunds = refunds

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [self.decide_late_refund]

    @activity.defn
    async def decide_late_refund(self, request: RefundRequest) -> RefundAnswer:
        """Decide what goes back, and set the money aside; or return why nothing does.

        The refund's ID makes it idempotent.
        """
        record = await self._items.find(workflow_id(request.order_id))
        if record is None or not record.finished:
            return RefundAnswer(
                refusal=f"order {request.order_id} has not ended, or is not known; an open order refunds by itself"
            )
        order = OrderView.model_validate(record.state)

        def plan(payments: list[BookedPayment], earlier: list[RefundPlan]) -> RefundPlan:
            found = plan_late_refund(order, payments, earlier, request)
            if IDENTITY.is_signed:  # a refund in parts is one for its limit
                whole = found.amount + sum(each.amount for each in earlier)
                if why_not := IDENTITY.operators.why_not_refund(request.by, whole, found.currency):
                    raise NotRefundableError(why_not)
            return found

        try:
            decided = await self._refunds.decide(request, plan)
        except NotRefundableError as refusal:
            return RefundAnswer(refusal=str(refusal))
        return RefundAnswer(plan=decided, customer=order.request.customer)
