"""The state of one order and its changes; nothing here waits or has side effects."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from workflows.orders.activity_models import StockRefusal
from workflows.orders.customer.delivery_days import DaysOff
from workflows.orders.goods.shipments import PARCEL_TROUBLE, Shipment, Step, by_sku, count, status_of
from workflows.orders.goods.shortage import MissingStock
from workflows.orders.models import (
    ENDED,
    CancelOrder,
    OrderRequest,
    OrderStatus,
    PaymentStatus,
    ShipmentReport,
    ShipmentStatus,
)
from workflows.orders.payments.records import Deadline, Parking, Payment, Payments
from workflows.orders.payments.refund_models import HeldRefund
from workflows.orders.policy import OrderPolicy, WhenShort
from workflows.orders.ports import DecidedRefund
from workflows.orders.pricing import Prices, merged
from workflows.orders.steps.progress import Progress
from workflows.orders.views.attention import Attention, most_urgent
from workflows.orders.views.models import LedgerEntry, OrderView, PricedLine, ReservedLine, SignalReceipt
from workflows.orders.views.wording import moment, pieces
from workflows.shared.money import format_money
from workflows.shared.refused_signals import RefusalLog
from workflows.shared.resets import ResetWatch

CONFIRM_PAYMENT = "confirm_payment"
NO_PAYMENT = frozenset({"cancel_order", "report_shipment"})
"""Signals that bring no money."""

MAX_RECEIPTS = 100
"""Receipts that an order keeps; a signal with an older ID would take effect again."""


class OrderState(Progress):
    """Everything an order knows."""

    def __init__(
        self, request: OrderRequest, *, clock: Callable[[], datetime], resets: ResetWatch | None = None
    ) -> None:
        super().__init__(clock, resets)
        self.request = request
        self.status = OrderStatus.CREATED
        self.due_at: datetime | None = None
        self.reason: str | None = None
        self.closing_as: OrderStatus | None = None
        """How the order ends once everything is undone; from then on nothing moves forward."""
        self.pay_by: Deadline | None = None
        """The end of the payment window, once it has begun."""
        self.cancelling: CancelOrder | None = None
        """The request to cancel about which the warehouse is being asked; meanwhile nothing is handed over."""
        self.payments = Payments()
        self._window_open = False
        self.shipments = [Shipment(order_id=request.order_id, number=1, lines=by_sku(request.goods))]
        self.prices = Prices(request.lines)
        self.address = request.shipping_address
        """Where the parcels go that have not left."""
        self.seconds_per_step = request.fulfilment_seconds_per_step
        self.policy = OrderPolicy()
        self.days_off: DaysOff | None = None
        self.stock_refused: StockRefusal | None = None
        """Why the order is rejected, if it is."""
        self.rejected_before = 0
        """Starts under the order's ID that were rejected."""
        self.opened = False
        """Whether the order knows its policy."""
        self.before: OrderView | None = None
        """How the order had ended before this run, if it had."""
        self.refunded_lines: list[PricedLine] = []
        """Pieces whose price was refunded by line, or will be."""
        self.decided_refunds: dict[str, DecidedRefund] = {}
        """Refunds of lines and amounts, of earlier runs as well, by the name of their parts."""
        self.held_refunds: dict[str, HeldRefund] = {}
        """Refunds that wait for a second person, by their IDs."""
        self.next_held = 1
        self.missing_stock = MissingStock()
        self.early_reports: list[ShipmentReport] = []
        """Reports about parcels of which it is not known yet whether the order has them."""
        self.waypoints = 0
        """Stations on the way that were reported."""
        self.cancelled_lines: list[PricedLine] = []
        self.under_way = False
        """Whether the order is paid, so that its status follows its parcels."""
        self._wrong_payments: set[Attention] = set()
        """The codes of payments that went back although the order is not paid."""
        self.ledger: list[LedgerEntry] = []
        self.receipts: list[SignalReceipt] = []
        self.note("created")

    @property
    def ended(self) -> bool:
        """Whether the order has reached a status that it does not leave."""
        return self.status in ENDED

    @property
    def amount_due(self) -> int:
        """What the order costs without its cancelled lines, in minor units."""
        return self.request.total - sum(line.amount for line in self.cancelled_lines)

    @property
    def outstanding(self) -> int:
        """What is still to pay, in minor units."""
        return 0 if self.is_paid else max(0, self.amount_due - self.payments.paid_in_part)

    @property
    def is_paid(self) -> bool:
        """Whether nothing has to be paid any more: a payment was accepted, or the order is free."""
        return bool(self.payments.paying) or self.amount_due == 0

    @property
    def pieces_left(self) -> Counter[int]:
        """How many pieces of each line were neither cancelled nor refunded by line, services included."""
        gone: Counter[int] = Counter()
        for line in (*self.cancelled_lines, *self.refunded_lines):
            gone[line.line] += line.quantity
        return self.prices.ordered - gone

    def priced(self, lines: Iterable[ReservedLine]) -> list[PricedLine]:
        """Return of which lines pieces of goods are, and what they cost; those that are refunded do not count."""
        left = self.pieces_left
        return self.prices.take(self.prices.find(lines, left), left)

    def value_of(self, lines: Iterable[ReservedLine]) -> int:
        """Return what these pieces of goods cost, in minor units."""
        return sum(line.amount for line in self.priced(lines))

    @property
    def live_shipments(self) -> list[Shipment]:
        """Those that are not cancelled, and of which not everything was refunded before it was packed."""
        return [shipment for shipment in self.shipments if shipment.lines and not shipment.cancelled]

    @property
    def may_be_split(self) -> bool:
        """Whether it is not decided yet how many shipments the order has."""
        return self.status == OrderStatus.CREATED or self.missing_stock.needs_decision

    def refuse_early(self, shipment: Shipment, why: str) -> None:
        """Refuse the reports that were kept for a parcel which will never be."""
        reports, shipment.early = shipment.early, []
        for report in reports:
            self.refuse("report_shipment", f"{report.status}: there is no parcel {shipment.parcel_id}, since {why}")

    def gives_up(self, shipment: Shipment) -> bool:
        """Return whether a shipment is not sent any more: it is cancelled, or the order ends."""
        return shipment.cancelled or self.closing_as is not None

    @property
    def last_shipment(self) -> Shipment:
        """The shipment that will arrive last."""
        steps = list(Step)
        under_way = [shipment for shipment in self.live_shipments if shipment.parcel_status != ShipmentStatus.DELIVERED]
        return min(
            under_way or self.shipments, key=lambda shipment: steps.index(shipment.step) if shipment.step else -1
        )

    @property
    def payment_status(self) -> PaymentStatus:
        """The status of the order's money."""
        status = self.payments.closed_status if self.ended else self.payments.status
        free = status == PaymentStatus.UNPAID and self.amount_due == 0 and self.closing_as is None
        return PaymentStatus.PAID if free else status

    @property
    def attention(self) -> Attention | None:
        """Why a human must look, if one must."""
        refused = {Attention.SIGNAL_REFUSED} if self.asking_signals else set()
        return most_urgent(self._open_questions() | self.stuck.attentions | refused)

    @property
    def asking_signals(self) -> list[str]:
        """The signals that could not be taken and ask for attention.

        When an order has ended, only those do that may have been the payment which it never got.
        """
        if self.closing_as is None and not self.ended:
            return self.refusals.unsettled
        settled = bool(self.payments.paying) or self.status == OrderStatus.DELIVERED
        return [] if settled else self._perhaps_payments

    @property
    def _perhaps_payments(self) -> list[str]:
        """Signals that nobody could read, and that may have brought money."""
        return [name for name in self.refusals.unsettled if name not in NO_PAYMENT]

    def _open_questions(self) -> set[Attention]:
        """Return what keeps the order from going on; nothing does once it is to end."""
        if self.closing_as is not None:
            return set()
        parked = {payment.parked.attention for payment in self.payments.parked if payment.parked}
        statuses = {shipment.parcel_status for shipment in self.live_shipments}
        parcels = {code for status, (code, _) in PARCEL_TROUBLE.items() if status in statuses}
        short = {Attention.STOCK_SHORT} if self.missing_stock.needs_decision else set()
        held = {Attention.REFUND_HELD} if self.held_refunds else set()
        return self._wrong_payments | parked | parcels | short | held

    def open(self, policy: OrderPolicy, days_off: DaysOff | None) -> None:
        """Follow that policy from now on, and estimate with those days off."""
        self.policy = policy
        self.days_off = days_off
        self.opened = True
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
        self.touch()

    def await_payment(self, deadline: datetime) -> None:
        """Wait for the payment until ``deadline``, unless it came before the stock was reserved."""
        self._window_open = not self.is_paid
        if self.is_paid:
            self.reason = None
            self.enter(OrderStatus.PAID, f"paid with {self.payments.ids}" if self.payments.paying else "nothing to pay")
        else:
            price = format_money(self.amount_due, self.request.currency)
            self.enter(OrderStatus.AWAITING_PAYMENT, f"waiting for {price}", due_at=deadline)
            if self.payments.parked:
                self._await_money_or_decision()

    @property
    def waits_for_payment(self) -> bool:
        """Whether its payment window is open."""
        return self._window_open and self.closing_as is None

    def accept_payments(self, payments: Sequence[Payment], difference: int) -> None:
        """Note that the order is paid, and by how much more than it costs, or less.

        One without stock becomes ``PAID`` as soon as it has it.
        """
        self._wrong_payments = set()
        self.settle_refusals(*self._perhaps_payments)
        what = " and ".join(payment.payment_id for payment in payments)
        money = format_money(abs(difference), self.request.currency)
        if difference:
            what += f"; {money} too much goes back" if difference > 0 else f"; {money} waived"
        if self.waits_for_payment:
            self._window_open = False
            self.reason = None
            self.enter(OrderStatus.PAID, f"paid with {what}")
        else:
            self.note(f"paid early with {what}")

    def park(self, payment: Payment, parking: Parking) -> None:
        """Keep a payment aside until somebody decides; an unpaid order needs that decision."""
        payment.parked = parking
        self.note(f"payment {payment.payment_id}: {self.parked_words(payment)}")
        self._await_money_or_decision()

    def parked_words(self, payment: Payment) -> str:
        """Return what became of a payment that is kept aside: a part waits for the rest, others for a decision."""
        if payment.parked is None or not payment.parked.is_part:
            return f"received {payment.money}, kept aside until somebody decides: {payment.why}"
        first = payment.worth == self.payments.paid_in_part
        until = f" until {moment(self.pay_by.at)}" if self.pay_by and self.waits_for_payment else ""
        return f"received {'' if first else f'{payment.money}, together '}{self._part_words}{until}"

    @property
    def _part_words(self) -> str:
        received, price, missing = (
            format_money(amount, self.request.currency)
            for amount in (self.payments.paid_in_part, self.amount_due, self.outstanding)
        )
        return f"{received} of {price}, {missing} missing"

    def unpark(self, payment: Payment) -> None:
        """Keep a payment aside no longer."""
        if payment.parked is not None:
            payment.parked = None
            self._await_money_or_decision()

    def _await_money_or_decision(self) -> None:
        if self.waits_for_payment:
            parked = self.payments.parked
            others = [payment for payment in parked if payment.parked and not payment.parked.is_part]
            part = f"received {self._part_words}" if parked else None
            self.reason = f"payment {others[0].payment_id}: {others[0].why}" if others else part
            self.enter(OrderStatus.NEEDS_ACTION if parked else OrderStatus.AWAITING_PAYMENT, due_at=self.due_at)

    def close_as(self, status: OrderStatus, reason: str, note: str | None = None) -> None:
        """Decide how the order ends; it gets that status when everything is undone."""
        self.closing_as = status
        self.reason = reason
        self.due_at = None
        self.payments.close()
        for shipment in self.shipments:
            self.refuse_early(shipment, f"the order ends: {reason}")
        reports, self.early_reports = self.early_reports, []
        for report in reports:
            self.refuse("report_shipment", f"there is no parcel {report.parcel_id}, since the order ends: {reason}")
        self.note(note or reason)

    def move_parcel(self, shipment: Shipment, status: ShipmentStatus, note: str | None = None) -> None:
        """Set the status of a parcel, and the order's."""
        if shipment.parcel is not None:
            shipment.parcel = shipment.parcel.model_copy(update={"status": status, "updated_at": self.now})
            shipment.been.add(status)
            self.note(f"parcel {shipment.parcel_id} {status}" + (f": {note}" if note else ""))
            self.follow_parcels()

    def follow_parcels(self) -> None:
        """Set the order's status from its parcels."""
        in_trouble = (
            f"parcel {shipment.parcel_id} {PARCEL_TROUBLE[shipment.parcel_status][1]}"
            for shipment in self.live_shipments
            if shipment.parcel_status in PARCEL_TROUBLE
        )
        undone = self.stuck.undone
        self.reason = next(in_trouble, None) or undone or None
        self.enter(OrderStatus.NEEDS_ACTION if undone else status_of(self.live_shipments))

    def _follow_undone(self) -> None:
        if self.under_way and self.closing_as is None:
            self.follow_parcels()

    @property
    def when_short(self) -> WhenShort:
        """What happens if pieces are missing."""
        return self.request.when_short or self.policy.when_short

    def ask_about_shortage(self) -> None:
        """Wait for a decision about what is missing."""
        self.missing_stock.needs_decision = True
        self.reason = f"not all is in stock: {self.missing_stock.words()}"
        self.enter(OrderStatus.NEEDS_ACTION, self.reason)

    def end_shortage(self) -> list[ReservedLine]:
        """Return what is missing, since that is decided."""
        missing, self.missing_stock.missing = self.missing_stock.missing, []
        if self.missing_stock.needs_decision:
            self.missing_stock.needs_decision = False
            self.reason = None
        return missing

    def cancel_lines(self, lines: list[ReservedLine], why: str) -> None:
        """Cancel pieces, which the order does not cost any more."""
        cancelled = self.priced(lines)
        self.cancelled_lines = merged([*self.cancelled_lines, *cancelled])
        value = sum(line.amount for line in cancelled)
        some = pieces(count(cancelled))
        self.note(f"{some} cancelled ({format_money(value, self.request.currency)}): {why}")

    def book(self, entry: LedgerEntry, note: str) -> None:
        """Add a row of the ledger."""
        self.ledger.append(entry)
        self.note(note)

    def has_receipt(self, signal_id: str) -> bool:
        """Return whether a signal with that ID is among the latest ones."""
        return any(receipt.signal_id == signal_id for receipt in self.receipts)

    def add_receipt(self, signal_id: str, signal: str, refused: str | None, effect: str) -> None:
        """Record whether a signal took effect, and which."""
        receipt = SignalReceipt(signal_id=signal_id, signal=signal, at=self.now, refused=refused, effect=effect)
        self.receipts = [*self.receipts, receipt][-MAX_RECEIPTS:]

    def call_attention(self, code: Attention) -> None:
        """Ask a human to look at a payment that went back, until the order is paid or ends."""
        self._wrong_payments.add(code)
        self.touch()

    def end_as(self, before: OrderView, note: str, *, known: bool) -> None:
        """End as an earlier run did; ``known`` if that did all that this one did: it was reset."""
        self.before = before
        if known:
            self.ledger, self.refusals, self.receipts = [], RefusalLog(), []
            self.payments, self.timeline = Payments(), self.timeline[:1]
        if before.parcels:
            self.shipments[0].parcel = max(before.parcels, key=lambda parcel: parcel.updated_at)
        self.stuck.forget()
        self.cancelling = None
        self.closing_as, self.reason = before.status, before.reason
        self.enter(before.status, note)

    def fail_undoing(self) -> None:
        """Record that something cannot be undone now."""
        self.enter(OrderStatus.NEEDS_ACTION)
