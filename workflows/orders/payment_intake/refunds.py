"""Sending a payment back from its front door."""

import asyncio
from collections.abc import Sequence

from temporalio import workflow

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import RecordManualRefund, RefundAnswer, SendRefund
from workflows.orders.models import RefundPart
from workflows.orders.payment_intake.progress import PaymentProgress
from workflows.orders.payment_intake.steps import until_done
from workflows.orders.payments.records import refund_key
from workflows.orders.steps.retrying import ROUND
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.views.attention import Attention
from workflows.shared.money import format_money


class PaymentRefunds:
    """Sends what nobody has sent back, under the keys that the order would have used."""

    def __init__(self, progress: PaymentProgress) -> None:
        self._progress = progress

    async def send(self, owed: Sequence[RefundPart]) -> str | None:
        """Send all parts, for as long as it takes, and return the last one's reference; None where nothing is owed.

        One that is stuck does not hold up the others.
        """
        references = await asyncio.gather(*(self._send(part) for part in owed))
        return references[-1] if references else None

    async def _send(self, part: RefundPart) -> str:
        money = format_money(part.amount, self._progress.request.currency)
        ref = StepRef(StepKind.REFUND, f"refund of {money}", key=part.part)
        by_hand: str | None = None

        async def step() -> RefundAnswer:
            nonlocal by_hand
            by_hand = self._progress.stuck.reference(ref)
            return await self._ask(part, by_hand)

        answer = await until_done(self._progress, ref, step, Attention.REFUND_FAILED)
        if by_hand is not None and not answer.reference.startswith(by_hand):
            self._progress.note(f"{ref.name} had been sent before, as {answer.reference}")
        return answer.reference

    async def _ask(self, part: RefundPart, by_hand: str | None) -> RefundAnswer:
        request = self._progress.request
        step = SendRefund(
            refund_key=refund_key(request.order_id, request.payment_id, part.part),
            payment_id=request.payment_id,
            order_id=request.order_id,
            amount=part.amount,
            currency=request.currency,
        )
        if by_hand is None:
            return await workflow.execute_activity_method(OrderActivities.send_refund, step, **ROUND)
        manual = RecordManualRefund(**step.model_dump(), reference=by_hand)
        return await workflow.execute_activity_method(OrderActivities.record_manual_refund, manual, **ROUND)
