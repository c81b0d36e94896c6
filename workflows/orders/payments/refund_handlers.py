"""The updates by which people refund an open order."""

from typing import TYPE_CHECKING

from temporalio import workflow

from workflows.orders.payments.order_refunds import OrderRefunds
from workflows.orders.payments.refund_limits import check_refund_amount, check_refund_lines
from workflows.orders.payments.refund_models import RefundAmount, RefundLines
from workflows.orders.state import OrderState
from workflows.orders.views.models import OrderView


class RefundHandlers:
    """Base of the workflow."""

    _state: OrderState
    _refunds: OrderRefunds

    if TYPE_CHECKING:

        def get_order(self) -> OrderView:
            """Return the order."""

    @workflow.update
    async def refund_lines(self, refund: RefundLines) -> OrderView:
        """Refund lines. That is decided at once; the answer waits a little for the provider."""
        await self._refunds.refund(refund)
        return self.get_order()

    @refund_lines.validator
    def _validate_refund_lines(self, refund: RefundLines) -> None:
        check_refund_lines(self._state, refund)

    @workflow.update
    async def refund_amount(self, refund: RefundAmount) -> OrderView:
        """Refund an amount. That is decided at once; the answer waits a little for the provider."""
        await self._refunds.refund_amount(refund)
        return self.get_order()

    @refund_amount.validator
    def _validate_refund_amount(self, refund: RefundAmount) -> None:
        check_refund_amount(self._state, refund)
