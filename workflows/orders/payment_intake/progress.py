"""Where a payment has come to on its way through the front door; nothing here waits or reaches outside."""

from collections.abc import Callable
from datetime import datetime

from workflows.orders.payment_intake.models import (
    PaymentIntakeView,
    PaymentOutcome,
    PaymentRequest,
    PaymentResult,
    PaymentStage,
)
from workflows.orders.steps.rules import resolve_action
from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.views.attention import Attention, Attentions
from workflows.shared.actions import Action
from workflows.shared.money import format_money
from workflows.shared.summary import Summary
from workflows.shared.timeline import TimelineEntry


class PaymentProgress:
    """Everything a payment's workflow knows. ``changed`` is called after every change."""

    def __init__(self, request: PaymentRequest, *, clock: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self.request = request
        self.stage = PaymentStage.RECEIVED
        self.money = format_money(request.amount, request.currency)
        self._clock = clock
        self._changed = changed
        self._stage_since = self._updated_at = clock()
        self._reason = ""
        self._refund_reference: str | None = None
        self._attentions = Attentions()
        self._timeline: list[TimelineEntry] = []
        self.stuck = StuckSteps(clock=clock, note=self.note)

    def enter(self, stage: PaymentStage, note: str, reason: str = "") -> None:
        """Move on; ``reason`` says why it does not simply pay its order."""
        if stage != self.stage:
            self._stage_since = self._clock()
        self.stage = stage
        self._reason = reason or self._reason
        self.note(note)

    def note(self, text: str) -> None:
        """Add a line to the timeline."""
        self._timeline.append(TimelineEntry(at=self._clock(), text=text))
        self._touch()

    def call_attention(self, code: Attention, step: str) -> None:
        """Ask a human to look at a step."""
        self._attentions.call(code, step)
        self._touch()

    def settle_attention(self, code: Attention, step: str) -> None:
        """Say that nobody needs to look at that step any more."""
        self._attentions.settle(code, step)
        self._touch()

    def apply(self) -> PaymentResult:
        """End as applied."""
        self.enter(PaymentStage.APPLIED, f"pays order {self.request.order_id}")
        return self._result(PaymentOutcome.APPLIED)

    def refunded(self, reference: str | None, reason: str) -> PaymentResult:
        """End as refunded."""
        self._refund_reference = reference
        self.enter(PaymentStage.REFUNDED, f"{self.money} went back: {reason}", reason)
        return self._result(PaymentOutcome.REFUNDED)

    def view(self) -> PaymentIntakeView:
        """Return everything."""
        return PaymentIntakeView(
            request=self.request,
            stage=self.stage,
            reason=self._reason,
            refund_reference=self._refund_reference,
            attention=self._attentions.most_urgent,
            updated_at=self._updated_at,
            timeline=self._timeline,
            stuck=self.stuck.views(),
            actions=self.actions,
        )

    @property
    def actions(self) -> list[Action]:
        """What people may do; what becomes of the payment itself is decided at its order."""
        return [resolve_action(self.stuck)]

    def summary(self) -> Summary:
        """Return what a list row shows; a payment belongs to its order."""
        return Summary(
            title=f"{self.money} for order {self.request.order_id}",
            stage=self.stage,
            stage_since=self._stage_since,
            owner=self.request.order_id,
            amount=self.request.amount,
            currency=self.request.currency,
            attention=self._attentions.most_urgent,
            note=self._reason,
        )

    def _result(self, outcome: PaymentOutcome) -> PaymentResult:
        return PaymentResult(
            payment_id=self.request.payment_id,
            order_id=self.request.order_id,
            outcome=outcome,
            refund_reference=self._refund_reference,
        )

    def _touch(self) -> None:
        self._updated_at = self._clock()
        self._changed()
