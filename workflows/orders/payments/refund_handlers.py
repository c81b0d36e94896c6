"""The updates by which people refund an open order."""

from typing import TYPE_CHECKING

from temporalio import workflow

from workflows.orders.payments.order_refunds import OrderRefunds
from workflows.orders.payments.refund_limits import check_decide_refund, check_refund_amount, check_refund_lines
from workflows.orders.payments.refund_models import DecideRefund, RefundAmount, RefundLines
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

    @workflow.update
    async def decide_refund(self, decide: DecideRefund) -> OrderView:
        """Send a refund that waits for a second person, or do not."""
        await self._refunds.decide(decide)
        return self.get_order()

    @decide_refund.validator
    def _validate_decide_refund(self, decide: DecideRefund) -> None:
        check_decide_refund(self._state, decide)
