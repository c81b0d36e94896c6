"""The outcome of an order: the store keeps it, and a second run of the order's workflow ends with it."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.orders.activities import OrderActivities
from workflows.orders.starts import start_record
from workflows.orders.state import OrderState
from workflows.orders.views.models import OrderView, PaymentView
from workflows.shared.items import ItemRecord, ItemToSave, hash_of, why_not_again
from workflows.shared.refusals import Refusal
from workflows.shared.refused_signals import MAX_REFUSALS

ATTEMPT_TIMEOUT = timedelta(seconds=20)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
"""Until the store answers: an outcome that it does not know could happen again, and differently."""

STANDS = "the workflow was reset or started again; how the order ended stands"


class Outcome:
    """Saves how the order has ended, or takes over how it had ended before."""

    def __init__(self, state: OrderState, view: Callable[[], OrderView]) -> None:
        """Save what ``view`` returns."""
        self._state = state
        self._view = view
        self._saved: OrderView | None = None
        self._recorded: OrderView | None = None
        self.why_not: Refusal | None = None
        """Why this run fails: the order had ended before it was started."""

    @property
    def recorded(self) -> OrderView | None:
        """The order as it had ended before, if it had; what has come since is added."""
        if self._recorded is None:
            return None
        state, before = self._state, self._recorded
        known = {payment.payment_id for payment in before.payments}
        ledger = [entry for entry in state.ledger if entry.payment_id not in known]
        payments = [payment for payment in state.payments.views() if payment.payment_id not in known]
        return before.model_copy(
            update={
                "ledger": [*before.ledger, *ledger],
                "payments": [*before.payments, *payments],
                "refusals": [*before.refusals, *state.refusals.latest][-MAX_REFUSALS:],
                "refusal_count": before.refusal_count + state.refusals.count,
                "receipts": [*before.receipts, *state.receipts],
                "timeline": [*before.timeline, *state.shown_timeline[1:]],  # without "created"
                "actions": self._view().actions,
            }
        )

    @property
    def saved(self) -> bool:
        """Whether the store has what the order has come to."""
        return self._recorded is not None or (self._saved is not None and _of(self._saved) == _of(self._view()))

    def payment(self, payment_id: str) -> PaymentView | None:
        """Return a payment that the order had when it ended before."""
        before = self._recorded.payments if self._recorded else []
        return next((payment for payment in before if payment.payment_id == payment_id), None)

    def has_receipt(self, signal_id: str) -> bool:
        """Return whether the order had handled that signal when it ended before."""
        before = self._recorded.receipts if self._recorded else []
        return any(receipt.signal_id == signal_id for receipt in before)

    def take_over(self, record: ItemRecord) -> None:
        """End as the order has ended before; nothing of it happens again."""
        before = OrderView.model_validate(record.state)
        request = self._state.request
        self.why_not = why_not_again(f"order {request.order_id}", record, chain=_chain(), request_hash=hash_of(request))
        self._recorded = before
        self._state.end_as(before, STANDS, known=record.chain == _chain())

    def to_save(self) -> ItemToSave:
        """Return the record of the order as it is now."""
        start = start_record(self._state.request, chain=_chain(), rejected=self._state.rejected_before)
        record = ItemRecord(
            sequence=start.sequence + 1,
            status=self._state.status,
            finished=True,
            chain=start.chain,
            request_hash=start.request_hash,
            state=self._view().model_dump(mode="json", exclude={"actions"}),
        )
        return ItemToSave(item_id=workflow.info().workflow_id, record=record)

    def note_saved(self, item: ItemToSave, other: ItemRecord | None) -> None:
        """Note that the store has that record, or take over the other one that stands."""
        if other is None:
            self._saved = OrderView.model_validate(item.record.state)
        else:
            self.take_over(other)

    async def save(self) -> None:
        """Save how the order has ended, however long the store takes."""
        item = self.to_save()
        other = await workflow.execute_activity_method(
            OrderActivities.save_order_record, item, start_to_close_timeout=ATTEMPT_TIMEOUT, retry_policy=RETRY
        )
        self.note_saved(item, other)


def _chain() -> str:
    return workflow.info().first_execution_run_id


def _of(view: OrderView) -> OrderView:
    """Return the view without what may change after it is saved: the last e-mails are sent after that."""
    return view.model_copy(update={"timeline": [], "updated_at": view.stage_since, "actions": []})
