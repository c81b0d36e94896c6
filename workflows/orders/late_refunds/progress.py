"""The state of one refund after delivery; nothing here waits or has side effects."""

from collections.abc import Callable
from datetime import datetime

from workflows.orders.late_refunds.models import RefundPlan, RefundRequest, RefundResult, RefundStage, RefundView
from workflows.orders.steps.side_progress import SideProgress
from workflows.orders.views.models import LedgerEntry
from workflows.shared.money import format_money
from workflows.shared.summary import Summary


class RefundProgress(SideProgress):
    """Everything a refund's workflow knows."""

    def __init__(self, request: RefundRequest, *, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.request = request
        self.stage = RefundStage.REQUESTED
        self._plan: RefundPlan | None = None
        self._ledger: list[LedgerEntry] = []
        self.note(f"asked by {request.by}: {request.reason}")

    @property
    def money(self) -> str:
        """What goes back, for people."""
        return format_money(self._plan.amount, self._plan.currency) if self._plan else ""

    def begin(self, plan: RefundPlan) -> None:
        """Begin to send back what is decided."""
        self._plan = plan
        self._enter(RefundStage.REFUNDING, f"{self.money} goes back for {plan.words}")

    def end(self) -> None:
        """End: all has gone back."""
        self._enter(RefundStage.REFUNDED, "done")

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Record an entry of the ledger."""
        self._ledger.append(entry)
        self.note(note)

    def result(self, plan: RefundPlan) -> RefundResult:
        """Return what went back."""
        return RefundResult(
            refund_id=plan.refund_id,
            order_id=self.request.order_id,
            amount=plan.amount,
            currency=plan.currency,
            references=[entry.reference for entry in self._ledger],
        )

    def view(self) -> RefundView:
        """Return everything."""
        return RefundView(
            request=self.request,
            stage=self.stage,
            plan=self._plan,
            ledger=self._ledger,
            **self.told(),
        )

    @property
    def ended(self) -> bool:
        """Whether all has gone back."""
        return self.stage == RefundStage.REFUNDED

    def summary(self) -> Summary:
        """Return the list row; a refund belongs to its order."""
        plan = self._plan
        return Summary(
            title=f"refund of order {self.request.order_id}",
            stage=self.stage,
            stage_since=self.stage_since,
            owner=self.request.order_id,
            amount=plan.amount if plan else self.request.amount,
            currency=plan.currency if plan else self.request.currency,
            attention=self.attention,
            note=self.request.reason if plan is None else f"{plan.words}: {self.request.reason}",
        )

    def _enter(self, stage: RefundStage, note: str) -> None:
        self.stage, self.stage_since = stage, self.now
        self.note(note)
