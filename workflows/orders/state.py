"""The state of one order and the changes it may go through; nothing here waits or reaches outside."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from workflows.orders.attention import OF_GOING_ON, Attention, Attentions
from workflows.orders.models import (
    CancelOrder,
    LedgerEntry,
    OrderRequest,
    OrderStatus,
    OrderStatusAnswer,
    OrderView,
    Parcel,
    PaymentStatus,
    Refusal,
    Reservation,
    ShipmentStatus,
)
from workflows.orders.payments import Payments
from workflows.orders.policy import FIRST_EDITION, OrderPolicy
from workflows.orders.words import line_words
from workflows.shared.actions import Action
from workflows.shared.money import format_money
from workflows.shared.summary import Summary
from workflows.shared.timeline import TimelineEntry

ENDED = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
"""The statuses that an order does not leave."""

WHERE_PARCEL_LEADS = {
    ShipmentStatus.SHIPPED: OrderStatus.SHIPPED,
    ShipmentStatus.DELIVERED: OrderStatus.DELIVERED,
    ShipmentStatus.LOST: OrderStatus.NEEDS_ACTION,
    ShipmentStatus.RETURNED: OrderStatus.NEEDS_ACTION,
}


PARCEL_TROUBLE = {
    ShipmentStatus.LOST: (Attention.PARCEL_LOST, "is lost"),
    ShipmentStatus.RETURNED: (Attention.PARCEL_RETURNED, "came back"),
}


class Step(StrEnum):
    """What warehouse and carrier do one after the other, in the words of the timeline."""

    PICK = "picking"
    PACK = "packing"
    SHIP = "getting ready to ship"
    DELIVER = "on its way"


class OrderState:
    """Everything an order knows. Times come from ``clock``; ``changed`` is called after every change.

    ``edition`` is which rules the order began with, 1 or 2; it keeps them, so that its history can be replayed.
    """

    def __init__(
        self, request: OrderRequest, *, edition: int, clock: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        self.edition = edition
        self._clock = clock
        self._changed = changed
        now = clock()
        self.request = request
        self.status = OrderStatus.CREATED
        self.stage_since = now
        self.updated_at = now
        self.due_at: datetime | None = None
        self.reason: str | None = None
        self.closing_as: OrderStatus | None = None
        """How the order will end once everything is undone; from here on nothing moves forward."""
        self.payments = Payments()
        self.reservation: Reservation | None = None
        self.parcel: Parcel | None = None
        self.handing_over = False
        """Whether the carrier may be taking the parcel at this moment."""
        self.step: Step | None = None
        self.step_due: datetime | None = None
        self.seconds_per_step = request.fulfilment_seconds_per_step
        self.policy = FIRST_EDITION
        self.policy_known = edition == 1
        """Whether ``policy`` is what the order goes by: one of the second edition asks for it first of all."""
        self.warehouse_report: ShipmentStatus | None = None
        self._attentions = Attentions()
        self._ledger: list[LedgerEntry] = []
        self._refusals: list[Refusal] = []
        self._timeline = [TimelineEntry(at=now, text="created")]

    @property
    def ended(self) -> bool:
        """Whether the order has reached a status that it does not leave."""
        return self.status in ENDED

    @property
    def now(self) -> datetime:
        """The time."""
        return self._clock()

    @property
    def payment_status(self) -> PaymentStatus:
        """Where the money stands."""
        return self.payments.closed_status if self.ended else self.payments.status

    def adopt(self, policy: OrderPolicy) -> None:
        """Go by that policy from now on."""
        self.policy = policy
        self.policy_known = True
        if self.seconds_per_step is None:
            self.seconds_per_step = policy.seconds_per_step

    def enter(self, status: OrderStatus, note: str | None = None, *, due_at: datetime | None = None) -> None:
        """Move to ``status``, which must be decided by ``due_at`` if that is given."""
        if status != self.status:
            self.stage_since = self.now
        self.status = status
        self.due_at = due_at
        if note:
            self.note(note)
        self._touch()

    def await_payment(self, deadline: datetime) -> None:
        """Wait for the payment until ``deadline``, or take the one that has come before the stock was reserved."""
        payment = self.payments.accepted
        if payment is not None:
            self.enter(OrderStatus.PAID, f"paid with {payment.payment_id}")
        else:
            price = format_money(self.request.total, self.request.currency)
            self.enter(OrderStatus.AWAITING_PAYMENT, f"waiting for {price}", due_at=deadline)

    def accept_payment(self, payment_id: str) -> None:
        """Be paid. An order that still reserves stock is ``PAID`` as soon as it has it."""
        self._attentions.settle(Attention.AMOUNT_MISMATCH)
        if self.status == OrderStatus.AWAITING_PAYMENT:
            self.enter(OrderStatus.PAID, f"paid with {payment_id}")
        else:
            self.note(f"paid early with {payment_id}")

    def start_step(self, step: Step, due_at: datetime) -> None:
        """Say what warehouse or carrier are doing now, and until when they are expected to."""
        self.step = step
        self.step_due = due_at
        self.note(step)

    def close_as(self, status: OrderStatus, reason: str, note: str | None = None) -> None:
        """Decide how the order ends; it gets that status when all that was done is undone."""
        self.closing_as = status
        self.reason = reason
        self.due_at = None
        if self.payments.accepted is not None:
            self.payments.accepted.refund_owed = True
        self._attentions.settle_all(OF_GOING_ON)
        self.note(note or reason)

    def cancel(self, cancel: CancelOrder) -> None:
        """Decide that the order ends cancelled."""
        self.close_as(
            OrderStatus.CANCELLED,
            f"{cancel.reason} ({cancel.requested_by})",
            f"cancelling, asked by {cancel.requested_by}: {cancel.reason}",
        )

    def move_parcel(self, status: ShipmentStatus, note: str | None = None) -> None:
        """Write where the parcel is, and let the order follow once it counts as shipped."""
        if self.parcel is None:
            return
        self.parcel = self.parcel.model_copy(update={"status": status, "updated_at": self.now})
        self.note(f"parcel {self.parcel.parcel_id} {status}" + (f": {note}" if note else ""))
        if self.status in (OrderStatus.SHIPPED, OrderStatus.NEEDS_ACTION):
            self.follow_parcel()

    def follow_parcel(self) -> None:
        """Give the order the status that its parcel leads to."""
        if self.parcel is None:
            return
        for code, _ in PARCEL_TROUBLE.values():
            self._attentions.settle(code)
        self.reason = None
        if self.parcel.status in PARCEL_TROUBLE:
            code, what_happened = PARCEL_TROUBLE[self.parcel.status]
            self._attentions.call(code)
            self.reason = f"parcel {self.parcel.parcel_id} {what_happened}"
        self.enter(WHERE_PARCEL_LEADS[self.parcel.status])

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Add a row of the ledger."""
        self._ledger.append(entry)
        self.note(note)

    def refuse(self, signal: str, reason: str, payment_id: str | None = None) -> None:
        """Record that a signal was not acted on as it asked."""
        self._refusals.append(Refusal(at=self.now, signal=signal, reason=reason, payment_id=payment_id))
        self._touch()

    def call_attention(self, code: Attention, note: str = "", key: str = "") -> None:
        """Ask a human to look; the note goes into the timeline once, however often the same thing is reported."""
        if self._attentions.call(code, key) and note:
            self.note(note)
        self._touch()

    def settle_attention(self, code: Attention, key: str = "") -> None:
        """Say that nobody needs to look at that any more."""
        self._attentions.settle(code, key)
        self._touch()

    def note(self, text: str) -> None:
        """Add a line to the timeline."""
        self._timeline.append(TimelineEntry(at=self.now, text=text))
        self._touch()

    def _touch(self) -> None:
        self.updated_at = self.now
        self._changed()

    def answer(self) -> OrderStatusAnswer:
        """Return the status in short."""
        return OrderStatusAnswer(
            order_id=self.request.order_id,
            status=self.status,
            payment_status=self.payment_status,
            updated_at=self.updated_at,
        )

    def view(self, actions: list[Action]) -> OrderView:
        """Return everything, with the actions that were found legal or not."""
        return OrderView(
            request=self.request,
            status=self.status,
            payment_status=self.payment_status,
            due_at=self.due_at,
            stage_since=self.stage_since,
            updated_at=self.updated_at,
            attention=self._attentions.most_urgent,
            reason=self.reason,
            ledger=self._ledger,
            reservation=self.reservation,
            parcels=[] if self.parcel is None else [self.parcel],
            refusals=self._refusals,
            timeline=self._timeline,
            actions=actions,
        )

    def summary(self) -> Summary:
        """Return what a list row shows."""
        return Summary(
            title=self.request.customer.name,
            stage=self.status,
            stage_since=self.stage_since,
            owner=self.request.customer.customer_id,
            due_at=self.due_at,
            amount=self.request.total,
            currency=self.request.currency,
            attention=self._attentions.most_urgent,
            note=", ".join(line_words(line) for line in self.request.lines),
        )
