"""The state of one order and the changes it may go through; nothing here waits or reaches outside."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from workflows.orders.edition import Edition
from workflows.orders.goods.shipments import PARCEL_TROUBLE, Shipment, Step, by_sku, first_shipment, where_parcels_lead
from workflows.orders.goods.shortage import ShortOf
from workflows.orders.models import (
    CancelOrder,
    LedgerEntry,
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    Refusal,
    ReservedLine,
    ShipmentStatus,
    SignalReceipt,
)
from workflows.orders.payments.deadline import Deadline
from workflows.orders.payments.records import Parking, Payment, Payments, PendingRefund
from workflows.orders.policy import FIRST_EDITION, OrderPolicy, WhenShort
from workflows.orders.steps.stuck import StuckSteps
from workflows.orders.views.attention import (
    OF_GOING_ON,
    OF_WAITING,
    OF_WRONG_PAYMENTS,
    Attention,
    Attentions,
    most_urgent,
)
from workflows.orders.views.wording import pieces
from workflows.shared.money import format_money
from workflows.shared.timeline import TimelineEntry

ENDED = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
"""The statuses that an order does not leave."""

MAX_RECEIPTS = 100
"""Receipts that an order keeps; a signal with an older ID would take effect again."""


@dataclass(frozen=True)
class LineRefund:
    """Pieces whose price goes back, or went."""

    number: int
    lines: list[ReservedLine]
    due: PendingRefund


class OrderState:
    """Everything an order knows. Times come from ``clock``; ``changed`` is called after every change.

    ``edition`` is which rules the order began with.
    """

    def __init__(
        self, request: OrderRequest, *, edition: Edition, clock: Callable[[], datetime], changed: Callable[[], None]
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
        self.pay_by: Deadline | None = None
        """The end of the payment window, once that has begun."""
        self.cancelling: CancelOrder | None = None
        """The wish to cancel about which the warehouse is being asked; meanwhile nothing is handed over."""
        self.payments = Payments()
        self._window_open = False
        self.shipments = [first_shipment(request)]
        self.seconds_per_step = request.fulfilment_seconds_per_step
        self.policy = FIRST_EDITION
        self.policy_known = edition == Edition.FIRST
        """Whether ``policy`` is what the order goes by; all but those of the first edition ask for it at first."""
        self.line_refunds: list[LineRefund] = []
        self.short_of = ShortOf()
        self.cancelled_lines: list[ReservedLine] = []
        self.under_way = False
        """Whether the order is paid, so that its status follows its parcels."""
        self.stuck = StuckSteps(clock=clock, note=self.note, settled=self._stuck_no_longer)
        self.changes = 0
        """How many there have been."""
        self._attentions = Attentions()
        self.ledger: list[LedgerEntry] = []
        self.refusals: list[Refusal] = []
        self.receipts: list[SignalReceipt] = []
        self.timeline = [TimelineEntry(at=now, text="created")]

    @property
    def ended(self) -> bool:
        """Whether the order has reached a status that it does not leave."""
        return self.status in ENDED

    @property
    def amount_due(self) -> int:
        """What the order costs, in minor units: less than was asked for when a part of it was cancelled."""
        return self.request.total - self.value_of(self.cancelled_lines)

    def value_of(self, lines: Iterable[ReservedLine]) -> int:
        """Return what these pieces cost, in minor units."""
        prices = {line.sku: line.unit_price for line in self.request.lines}
        return sum(line.quantity * prices[line.sku] for line in lines)

    @property
    def live_shipments(self) -> list[Shipment]:
        """Those that were not given up, and of which not all was refunded before it was packed."""
        return [shipment for shipment in self.shipments if shipment.lines and not shipment.given_up]

    @property
    def least_far(self) -> Shipment:
        """The shipment that has the longest way to go: when it has arrived, all have."""
        steps = list(Step)
        under_way = [shipment for shipment in self.live_shipments if shipment.parcel_status != ShipmentStatus.DELIVERED]
        return min(
            under_way or self.shipments, key=lambda shipment: steps.index(shipment.step) if shipment.step else -1
        )

    @property
    def now(self) -> datetime:
        """The time."""
        return self._clock()

    @property
    def payment_status(self) -> PaymentStatus:
        """Where the money stands."""
        return self.payments.closed_status if self.ended else self.payments.status

    @property
    def attention(self) -> Attention | None:
        """Why a human must look, if one must.

        A step that waits for an answer asks for that itself, as long as it is stuck: it may be given up while the order
        goes on, and go on when the order ends. Earlier editions remember who called.
        """
        if self.edition < Edition.THIRD:
            return self._attentions.most_urgent
        return most_urgent(self._attentions.codes - OF_WAITING | self.stuck.waiting)

    def _stuck_no_longer(self) -> None:
        """Publish that. There may be no time to note: a run that is put out of memory gives its steps up, too."""
        if self.edition >= Edition.THIRD:
            self._tell()

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
            price = format_money(self.amount_due, self.request.currency)
            self._window_open = True
            self.enter(OrderStatus.AWAITING_PAYMENT, f"waiting for {price}", due_at=deadline)
            if self.payments.parked:
                self._await_money_or_decision()

    def move_deadline(self, deadline: Deadline, note: str) -> None:
        """Wait for the payment until another deadline."""
        self.pay_by = deadline
        self.due_at = deadline.at
        self.note(note)

    @property
    def waits_for_payment(self) -> bool:
        """Whether its payment window is open."""
        return self._window_open and self.closing_as is None

    def accept_payment(self, payment: Payment) -> None:
        """Be paid. An order that still reserves stock is ``PAID`` as soon as it has it."""
        self._attentions.settle_all(OF_WRONG_PAYMENTS)
        difference = payment.confirmation.amount - self.amount_due
        what = payment.payment_id
        if difference > 0:
            what += f"; {payment.words(difference)} too much goes back"
        elif difference < 0:
            what += f"; {payment.words(-difference)} waived"
        if self.waits_for_payment:
            self._window_open = False
            self.reason = None
            self.enter(OrderStatus.PAID, f"paid with {what}")
        else:
            self.note(f"paid early with {what}")

    def park(self, payment: Payment, attention: Attention) -> None:
        """Keep a payment aside until somebody decides; an unpaid order needs that decision."""
        payment.parked = Parking(attention, self.now)
        self._attentions.call(attention, payment.payment_id)
        self.note(f"payment {payment.payment_id} parked: {payment.why}")
        self._await_money_or_decision()

    def unpark(self, payment: Payment) -> None:
        """Keep a payment aside no longer."""
        if payment.parked is not None:
            self._attentions.settle(payment.parked.attention, payment.payment_id)
            payment.parked = None
            self._await_money_or_decision()

    def _await_money_or_decision(self) -> None:
        if self.waits_for_payment:
            parked = self.payments.parked
            self.reason = f"payment {parked[0].payment_id}: {parked[0].why}" if parked else None
            self.enter(OrderStatus.NEEDS_ACTION if parked else OrderStatus.AWAITING_PAYMENT, due_at=self.due_at)

    def start_step(self, shipment: Shipment, step: Step, due_at: datetime) -> None:
        """Say what warehouse or carrier are doing now, and until when they are expected to."""
        shipment.step = step
        shipment.step_due = due_at
        self.note(f"{step}{self._which(shipment)}")

    def _which(self, shipment: Shipment) -> str:
        return f": {shipment.parcel_id}" if len(self.shipments) > 1 else ""

    def close_as(self, status: OrderStatus, reason: str, note: str | None = None) -> None:
        """Decide how the order ends; it gets that status when all that was done is undone."""
        self.closing_as = status
        self.reason = reason
        self.due_at = None
        self.payments.close()
        self._attentions.settle_all(OF_GOING_ON)
        self.note(note or reason)

    def cancel(self, cancel: CancelOrder) -> None:
        """Decide that the order ends cancelled."""
        self.close_as(
            OrderStatus.CANCELLED,
            f"{cancel.reason} ({cancel.requested_by})",
            f"cancelling, asked by {cancel.requested_by}: {cancel.reason}",
        )

    def begin_cancelling(self, cancel: CancelOrder) -> None:
        """Hold back what has not left the house until the warehouse has said whether it can stop it."""
        self.cancelling = cancel
        self.note(f"{cancel.requested_by} asks to cancel ({cancel.reason}); the warehouse is asked to stop")

    def end_cancelling(self) -> None:
        """Know what the warehouse says."""
        self.cancelling = None
        self._touch()

    def move_parcel(self, shipment: Shipment, status: ShipmentStatus, note: str | None = None) -> None:
        """Write where a parcel is, and let the order follow once it has left the house."""
        if shipment.parcel is None:
            return
        shipment.parcel = shipment.parcel.model_copy(update={"status": status, "updated_at": self.now})
        self.note(f"parcel {shipment.parcel_id} {status}" + (f": {note}" if note else ""))
        if shipment.left:
            self.follow_parcels()

    def follow_parcels(self) -> None:
        """Give the order the status that its parcels lead to."""
        self._attentions.settle_all([code for code, _ in PARCEL_TROUBLE.values()])
        self.reason = None
        for shipment in self.live_shipments:
            if shipment.parcel_status in PARCEL_TROUBLE:
                code, what_happened = PARCEL_TROUBLE[shipment.parcel_status]
                self._attentions.call(code, shipment.parcel_id)
                self.reason = self.reason or f"parcel {shipment.parcel_id} {what_happened}"
        self.enter(where_parcels_lead(self.live_shipments))

    def follow_if_under_way(self) -> None:
        """Give an order that is paid the status that its parcels lead to, and leave any other as it is."""
        if self.under_way and self.closing_as is None:
            self.follow_parcels()

    @property
    def when_short(self) -> WhenShort:
        """What happens where pieces are missing."""
        return self.policy.when_short_of(self.request.when_short)

    def ask_about_shortage(self) -> None:
        """Wait for a decision about what is missing."""
        self.short_of.asks = True
        self._attentions.call(Attention.STOCK_SHORT)
        self.reason = f"not all is in stock: {self.short_of.words()}"
        self.enter(OrderStatus.NEEDS_ACTION, self.reason)

    def end_shortage(self) -> list[ReservedLine]:
        """Return what is missing, now that it is decided what becomes of it."""
        missing, self.short_of.missing = self.short_of.missing, []
        if self.short_of.asks:
            self.short_of.asks = False
            self._attentions.settle(Attention.STOCK_SHORT)
            self.reason = None
        return missing

    def drop(self, lines: list[ReservedLine], why: str) -> int:
        """Cancel pieces, and return what they cost."""
        self.cancelled_lines = by_sku([*self.cancelled_lines, *lines])
        value = self.value_of(lines)
        some = pieces(sum(line.quantity for line in lines))
        self.note(f"{some} cancelled ({format_money(value, self.request.currency)}): {why}")
        return value

    def add_line_refund(self, refund: LineRefund, note: str) -> None:
        """Count pieces as refunded from now on."""
        self.line_refunds.append(refund)
        self.note(note)

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Add a row of the ledger."""
        self.ledger.append(entry)
        self.note(note)

    def refuse(self, signal: str, reason: str, payment_id: str | None = None) -> None:
        """Record that a signal was not acted on as it asked."""
        self.refusals.append(Refusal(at=self.now, signal=signal, reason=reason, payment_id=payment_id))
        self._touch()

    def has_receipt(self, signal_id: str) -> bool:
        """Return whether a signal with that ID is among the latest ones."""
        return any(receipt.signal_id == signal_id for receipt in self.receipts)

    def add_receipt(self, signal_id: str, signal: str, refused: str | None) -> None:
        """Record whether a signal took effect."""
        receipt = SignalReceipt(signal_id=signal_id, signal=signal, at=self.now, refused=refused)
        self.receipts = [*self.receipts, receipt][-MAX_RECEIPTS:]

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
        self.timeline.append(TimelineEntry(at=self.now, text=text))
        self._touch()

    def _touch(self) -> None:
        self.updated_at = self.now
        self._tell()

    def _tell(self) -> None:
        self.changes += 1
        self._changed()
