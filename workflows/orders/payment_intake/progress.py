"""The state of one payment intake; nothing here waits or has side effects."""

from collections.abc import Callable
from datetime import datetime

from workflows.orders.payment_intake.models import (
    PaymentIntakeView,
    PaymentOutcome,
    PaymentRequest,
    PaymentResult,
    PaymentStage,
)
from workflows.orders.payments.records import Payment
from workflows.orders.steps.side_progress import SideProgress
from workflows.orders.views.models import LedgerEntry
from workflows.shared.forecast import upcoming
from workflows.shared.summary import Extra, Summary

MAX_REFERENCE = 100
"""Characters of a provider's reference in the list row, whose memo is small; the view has all of it."""

ENDED = (PaymentStage.APPLIED, PaymentStage.REFUNDED)


class PaymentProgress(SideProgress):
    """Everything a payment's workflow knows."""

    def __init__(self, request: PaymentRequest, *, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.request = request
        self.payment = Payment(request)
        self.stage = PaymentStage.RECEIVED
        self.due_at: datetime | None = None
        """Until when it waits for an order that is not there yet."""
        self._reason = ""
        self._refund_reference: str | None = None

    def enter(self, stage: PaymentStage, note: str, reason: str = "") -> None:
        """Move on to a stage; ``reason`` is why the payment does not simply pay its order."""
        if stage != self.stage:
            self.stage_since = self.now
        self.stage = stage
        self._reason = reason or self._reason
        self.note(note)

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Note an entry of the ledger."""
        if entry.kind == "capture":
            self.enter(PaymentStage.RECORDED, note)
        else:
            self.note(note)

    def end_refunded(self, reference: str | None, reason: str) -> None:
        """End as refunded."""
        self._refund_reference = reference
        self.enter(PaymentStage.REFUNDED, f"{self.payment.money} went back: {reason}", reason)

    def result(self) -> PaymentResult:
        """Return what became of the payment, at its end."""
        return PaymentResult(
            payment_id=self.request.payment_id,
            order_id=self.request.order_id,
            outcome=PaymentOutcome(self.stage),
            refund_reference=self._refund_reference,
        )

    def view(self) -> PaymentIntakeView:
        """Return everything."""
        return PaymentIntakeView(
            request=self.request,
            stage=self.stage,
            reason=self._reason,
            reference=self._reference,
            refunded=self._refunded,
            refund_reference=self._refund_reference,
            next=upcoming([(self._waits_until, f"{self.payment.money} goes back, if its order has not come")]),
            **self.told(),
        )

    @property
    def ended(self) -> bool:
        """Whether the money has its owner."""
        return self.stage in ENDED

    @property
    def _reference(self) -> str | None:
        return self.payment.capture.reference if self.payment.capture else None

    @property
    def _refunded(self) -> int:
        """What went back, as far as this workflow knows: a payment that has paid its order is the order's to refund."""
        if self.stage == PaymentStage.REFUNDED:
            return self.request.amount
        return sum(refund.amount for refund in self.payment.refunds if refund.sent())

    def _extra(self) -> Extra:
        known = {"reference": self._reference, "refund": self._refund_reference, "refunded": self._refunded}
        return {
            name: value[:MAX_REFERENCE] if isinstance(value, str) else value for name, value in known.items() if value
        }

    @property
    def _waits_until(self) -> datetime | None:
        return self.due_at if self.stage == PaymentStage.AWAITING_ORDER else None

    def summary(self) -> Summary:
        """Return the list row; a payment belongs to its order."""
        return Summary(
            title=f"{self.payment.money} for order {self.request.order_id}",
            stage=self.stage,
            stage_since=self.stage_since,
            owner=self.request.order_id,
            due_at=self._waits_until,
            amount=self.request.amount,
            currency=self.request.currency,
            attention=self.attention,
            note=self._reason,
            extra=self._extra(),
        )
