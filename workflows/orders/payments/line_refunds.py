"""Refunds of an order's lines: decided at once, sent and put back into stock beside the main line."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import ReleaseLines
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.goods.shipments import without
from workflows.orders.models import CancelOrder, ReservationStatus, ReservedLine
from workflows.orders.payments.booking import PaymentBooking
from workflows.orders.payments.records import PendingRefund
from workflows.orders.payments.refund_models import RefundLines
from workflows.orders.payments.refund_rules import RefundPlan, Takeout, plan_refund
from workflows.orders.state import LineRefund, OrderState
from workflows.orders.steps.background import Background
from workflows.orders.steps.repeating import until_settled
from workflows.orders.steps.retrying import ROUND, wait_until
from workflows.orders.steps.stuck import Outcome, StepKind, StepRef
from workflows.orders.views.attention import Attention
from workflows.orders.views.wording import pieces

ANSWER_WITHIN = timedelta(seconds=3)
"""How long who asks for a refund waits for the provider; then the answer says that it is pending."""


class LineRefunds:
    """Decides in one step and counts what it decided, so that refunds at once never exceed the payment."""

    def __init__(
        self,
        state: OrderState,
        cashier: PaymentBooking,
        correspondence: EmailSender,
        cancel: Callable[[CancelOrder], None],
    ) -> None:
        self._state = state
        self._cashier = cashier
        self._correspondence = correspondence
        self._cancel = cancel
        self._jobs = Background()

    async def refund(self, wanted: RefundLines) -> None:
        """Refund what the rules allow, and wait a little until it is sent."""
        plan = plan_refund(self._state, wanted.lines)
        number = len(self._state.line_refunds) + 1
        due = plan.payment.owe(f"lines-{number}", plan.amount)
        self._state.add_line_refund(
            LineRefund(number, plan.lines, due),
            f"refund of {plan.money} for {plan.words} decided by {wanted.by}: {wanted.reason}",
        )
        self._settle_pieces(plan, number, wanted)
        if self._state.closing_as is None:  # else it goes back with the rest
            self._cashier.pay_back(plan.payment, due)
        self._jobs.start(self._tell_customer(plan, number, due))
        await wait_until(due.sent, ANSWER_WITHIN, "answer about a refund")

    async def finish(self) -> None:
        """Wait until all pieces are where they belong."""
        await self._jobs.finish()

    def _settle_pieces(self, plan: RefundPlan, number: int, wanted: RefundLines) -> None:
        if plan.ends_order:
            self._cancel(CancelOrder(reason=wanted.reason, requested_by=wanted.by))
            return
        for takeout in plan.takeouts:
            self._take_out(takeout, number)

    def _take_out(self, takeout: Takeout, number: int) -> None:
        shipment, held = takeout.shipment, takeout.held
        shipment.lines = without(shipment.lines, takeout.lines)
        left = without(held.lines, takeout.lines)
        status = held.status if left else ReservationStatus.RELEASED
        shipment.hold(held.model_copy(update={"lines": left, "status": status}))
        self._jobs.start(self._put_back(held.reservation_id, takeout.lines, number))

    async def _put_back(self, reservation_id: str, lines: list[ReservedLine], number: int) -> None:
        key = f"{reservation_id}/lines-{number}"
        some = pieces(sum(line.quantity for line in lines))
        step = ReleaseLines(release_key=key, reservation_id=reservation_id, lines=lines)
        ref = StepRef(StepKind.RELEASE, f"release of {some}", key=key.removeprefix(f"{self._state.request.order_id}/"))
        outcome = await until_settled(
            self._state.stuck,
            ref,
            lambda: workflow.execute_activity_method(OrderActivities.release_lines, step, **ROUND),
            failing=lambda: self._state.call_attention(Attention.RELEASE_FAILED, key=key),
        )
        self._state.settle_attention(Attention.RELEASE_FAILED, key)
        if outcome != Outcome.SKIPPED:
            self._state.note(f"stock released: {some}")

    async def _tell_customer(self, plan: RefundPlan, number: int, due: PendingRefund) -> None:
        await wait_until(due.sent)
        self._correspondence.tell_refunded(number, plan.money, plan.lines)
