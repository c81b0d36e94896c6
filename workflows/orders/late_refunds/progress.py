"""The state of one refund after delivery; nothing here waits or has side effects."""

from collections.abc import Callable
from datetime import datetime

from workflows.orders.late_refunds.models import RefundPlan, RefundRequest, RefundResult, RefundStage, RefundView
from workflows.orders.steps.progress import Progress
from workflows.orders.views.attention import Attention, most_urgent
from workflows.orders.views.models import LedgerEntry
from workflows.shared.actions import Action
from workflows.shared.money import format_money
from workflows.shared.refused_signals import acknowledge_action
from workflows.shared.summary import Summary


def late_part(refund_id: str) -> str:
    """Return the name of the parts of payments that go back by a refund after delivery; it is in their keys."""
    return f"late-{refund_id}"


class RefundProgress(Progress):
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
            attention=self._attention,
            updated_at=self.updated_at,
            refusals=self.refusals.latest,
            refusal_count=self.refusals.count,
            timeline=self.shown_timeline,
            stuck=self.stuck.views(),
            actions=self.actions,
        )

    @property
    def actions(self) -> list[Action]:
        """What people may do."""
        return [self.stuck.action(), *acknowledge_action(self._asking_signals)]

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
            attention=self._attention,
            note=self.request.reason if plan is None else f"{plan.words}: {self.request.reason}",
        )

    def _enter(self, stage: RefundStage, note: str) -> None:
        self.stage, self.stage_since = stage, self.now
        self.note(note)

    def _follow_undone(self) -> None:
        """Change nothing: no step of a refund is refused so."""

    @property
    def _attention(self) -> Attention | None:
        return most_urgent(self.stuck.attentions | ({Attention.SIGNAL_REFUSED} if self._asking_signals else set()))

    @property
    def _asking_signals(self) -> list[str]:
        return self.refusals.unsettled if self.stage != RefundStage.REFUNDED else []
