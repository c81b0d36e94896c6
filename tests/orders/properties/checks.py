"""What holds for an order at every moment, and for one that has ended: its words, money, pieces and history."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.orders.properties.books import CONSUMED, HELD, RELEASED, Books, Change, Row, books_after, kept
from tests.orders.properties.manual_steps import BY_HAND
from tests.support.orders import UNDONE
from workers.books.findings import Remedies
from workers.books.goods import OrderMoney, Reserved, judge_reservation
from workers.books.money import Captured, KnownOrder, judge_capture
from workflows.orders.models import LineKind, OrderStatus, PaymentConfirmation, ShipmentStatus, StepDecision
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.orders.payments.records import BY_AMOUNT, EXCESS
from workflows.orders.pricing import merged
from workflows.orders.steps.stuck import StepKind
from workflows.orders.views.models import (
    CaptureStatus,
    OrderView,
    PaymentView,
    PricedLine,
    ReservationStatus,
    ReservedLine,
)
from workflows.shared.money import format_money
from workflows.shared.refused_signals import SIGNAL_REFUSED

RECALLED = "recalled"
NOT_DELIVERED = frozenset({RECALLED, ShipmentStatus.LOST, ShipmentStatus.RETURNED})
OUT_OF_THE_HOUSE = (ShipmentStatus.DELIVERED, ShipmentStatus.LOST)


@dataclass
class Inputs:
    """What was sent to an order while it took messages, and what the payment intake answered."""

    confirmed: list[PaymentConfirmation] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    """The payments that somebody decided to accept, or tried to."""
    skipped: set[str] = field(default_factory=set)
    """The IDs of the steps that somebody skipped, or tried to."""
    outcomes: dict[str, PaymentOutcome | None] = field(default_factory=dict)
    """How the payments of the intake ended; None for one that the books know as another one."""
    unknown: dict[str, PaymentOutcome | None] = field(default_factory=dict)
    """The same for payments of an order that does not exist."""
    terminated: bool = False
    """Whether somebody terminated it, so that it undid nothing."""

    def note_decision(self, name: str, decision: Mapping[str, Any]) -> None:
        """Note what a decision of a person may change in the end."""
        if name == "decide_payment" and decision["decision"] == "accept":
            self.accepted.add(decision["payment_id"])
        if name == "resolve_step" and decision["decision"] == StepDecision.SKIP:
            self.skipped.add(decision["step"])


@dataclass(frozen=True)
class Ended:
    """An order at its end."""

    view: OrderView
    inputs: Inputs

    @property
    def order_id(self) -> str:
        """Its ID."""
        return self.view.request.order_id

    @property
    def pieces(self) -> Counter[str]:
        """The goods that were ordered."""
        return count(ReservedLine(sku=line.sku, quantity=line.quantity) for line in self.view.request.goods)

    def goods(self, lines: Iterable[PricedLine]) -> Counter[str]:
        """Return the pieces of lines that are goods."""
        kinds = [line.kind for line in self.view.request.lines]
        return count(line for line in lines if kinds[line.line - 1] == LineKind.GOODS)

    def parcels(self, *statuses: str) -> Counter[str]:
        """Return the pieces in parcels with one of these statuses."""
        return count(line for parcel in self.view.parcels if parcel.status in statuses for line in parcel.lines)

    @property
    def given_by_hand(self) -> set[str]:
        """The parcels that a person gave to a carrier; what the carrier's books say of them is another parcel's."""
        return {parcel.parcel_id for parcel in self.view.parcels if parcel.carrier.startswith(BY_HAND)}

    @property
    def paying(self) -> list[PaymentView]:
        """The payments that may have paid the order: nothing was wrong with them, or somebody accepted them."""
        return [
            payment
            for payment in self.view.payments
            if payment.status != CaptureStatus.REJECTED_BY_LEDGER
            and (not payment.reason or payment.payment_id in self.inputs.accepted)
        ]

    @property
    def accepted_amounts(self) -> list[int]:
        """What came with the payments that somebody accepted, or tried to."""
        return [payment.amount for payment in self.paying if payment.payment_id in self.inputs.accepted]

    def skipped(self, *begins: str) -> bool:
        """Return whether a step whose ID begins so was skipped."""
        return any(step.startswith(begins) for step in self.inputs.skipped)

    def reserved(self, books: Books, *statuses: str) -> Counter[str]:
        """Return the pieces in the order's reservations with one of these statuses."""
        status = {row["reservation_id"]: row["status"] for row in books.reservations}
        return count(
            ReservedLine(sku=row["sku"], quantity=row["quantity"])
            for row in self.rows(books.reservation_lines, "reservation_id")
            if status[row["reservation_id"]] in statuses
        )

    def rows(self, rows: Sequence[Row], key: str) -> list[Row]:
        """Return those rows whose ID says that they are the order's."""
        return [row for row in rows if row[key].startswith((f"{self.order_id}/", f"{self.order_id}-P"))]


def count(lines: Iterable[ReservedLine]) -> Counter[str]:
    """Return the pieces of each SKU."""
    pieces: Counter[str] = Counter()
    for line in lines:
        pieces[line.sku] += line.quantity
    return pieces


def check_reasons(view: OrderView) -> None:
    """Check that an order that waits for a person says why, and about how much money."""
    if view.status == OrderStatus.NEEDS_ACTION and any(action.enabled for action in view.actions):
        assert view.attention, f"needs action, and asks for no attention: {view.reason}"
        assert view.reason, f"needs action ({view.attention}), and does not say why"
    for parked in view.parked:
        assert parked.reason, f"{parked.payment_id} is parked, and nobody knows why"
    amounts = {
        format_money(amount, payment.currency)
        for payment in view.payments
        for amount in (payment.amount, *(part.amount for part in payment.parts))
    }
    for step in view.stuck:
        assert step.reason, f"{step.name} is stuck, and nobody knows why"
        if step.step.partition("/")[0] in (StepKind.REFUND, StepKind.RECORD):
            assert any(amount in step.name for amount in amounts), f"{step.name}: of how much?"


def worth(payment: PaymentView) -> int:
    """Return what a payment pays, in minor units: without what was too much of it."""
    return payment.amount - sum(part.amount for part in payment.parts if part.part == EXCESS)


def by_amount(view: OrderView) -> int:
    """Return what went back for no pieces."""
    parts = [part for payment in view.payments for part in payment.parts]
    return sum(part.amount for part in parts if part.part.startswith(f"{BY_AMOUNT}-"))


def price(lines: Iterable[PricedLine]) -> int:
    """Return what went back for pieces, or is not charged, in minor units."""
    return sum(line.amount for line in lines)


def check_prices(view: OrderView) -> None:
    """Check that pieces cost their share of the price after discounts, and all together the total."""
    sold = [line for line in view.request.lines if line.kind != LineKind.DISCOUNT]
    gross, total = sum(line.total for line in sold), view.request.total
    taken = merged([*view.refunded_lines, *view.cancelled_lines])
    for line in taken:
        ordered = view.request.lines[line.line - 1]
        share = Fraction(ordered.unit_price * line.quantity * total, gross or 1)
        assert 0 <= line.quantity <= ordered.quantity, f"{line} of {ordered}"
        assert abs(line.amount - share) < 2, f"{line} costs {share}"  # a line is rounded once, and so is a piece
    assert view.amount_due == total - price(view.cancelled_lines)
    if sum(line.quantity for line in taken) == sum(line.quantity for line in sold):
        assert price(taken) == total, f"the parts of {total} are {taken}"


def check_owners(view: OrderView, books: Books) -> None:
    """Check that every captured minor unit has one owner: the shop, a parking place, or the customer."""
    captured = {row["payment_id"]: row["amount"] for row in books.captures}
    sent = Counter[str]()
    for row in books.refunds:
        sent[row["payment_id"]] += row["amount"]
    applied = [payment for payment in view.payments if payment.status == CaptureStatus.APPLIED]
    assert sum(map(worth, applied)) <= view.request.total, f"paid twice: {applied}"
    parked = {payment.payment_id for payment in view.parked}
    for payment in view.payments:
        if payment.status == CaptureStatus.REJECTED_BY_LEDGER:
            continue
        assert (payment.status == CaptureStatus.PARKED) == (payment.payment_id in parked), payment
        owed = sum(part.amount for part in payment.parts)
        known = sum(part.amount for part in payment.parts if part.sent)
        assert known <= sent[payment.payment_id] <= owed <= payment.amount, f"{payment}: {sent} sent"
        assert len({part.part for part in payment.parts}) == len(payment.parts), f"a part is owed twice: {payment}"
        assert captured.get(payment.payment_id, payment.amount) == payment.amount, payment
        if payment.status in (CaptureStatus.RETURNING, CaptureStatus.RETURNED):
            assert owed == payment.amount, f"goes back, but not all: {payment}"
        if payment.status == CaptureStatus.RETURNED:
            assert sent[payment.payment_id] == payment.amount, f"is not back: {payment}"


def check_ended(ended: Ended, books: Books, trail: Sequence[Change], everyone: Sequence[Ended]) -> None:
    """Check everything about one order that has ended; ``everyone`` are those that share the store with it."""
    _check_intake(ended, books)
    if ended.inputs.terminated:
        return
    view = ended.view
    assert view.status in UNDONE | {OrderStatus.DELIVERED}, f"it has ended as {view.status}"
    if view.status == OrderStatus.DELIVERED or not any(refusal.invalid for refusal in view.refusals):
        assert view.attention is None, f"it has ended, and still wants attention: {view.attention}"
    else:  # what nobody could read may have been a payment
        assert view.attention in (None, SIGNAL_REFUSED)
    assert not view.stuck, f"it has ended, and is stuck: {view.stuck}"
    _check_kept(ended, kept(books, ended.order_id))
    _check_ledger(ended, books)
    _check_known(ended, books, everyone)
    _check_owners_at_end(ended, books)
    _check_stock(ended, books)
    _check_parcels(ended, books)
    if view.status == OrderStatus.DELIVERED:
        _check_delivered(ended)
    _check_hand_overs(ended, trail)


def _check_kept(ended: Ended, money: Counter[str]) -> None:
    """Check that captured less refunded is the value delivered."""
    view, currency = ended.view, ended.view.request.currency
    assert set(money) <= {currency}, f"kept in another currency: {dict(money)}"
    left, total = money[currency], view.request.total
    if view.status in UNDONE:
        assert left == 0, f"{view.status}, and {left} is kept"
        return
    applied = [payment for payment in view.payments if payment.status == CaptureStatus.APPLIED]
    assert sum(map(worth, applied)) <= total, f"paid twice: {applied}"
    assert all(payment.currency == currency for payment in applied)
    back = price([*view.refunded_lines, *view.cancelled_lines])
    back += by_amount(view)
    if min(ended.accepted_amounts, default=total) >= total:
        assert left == max(total - back, 0), f"kept {left} for what is worth {total - back}"
        return
    # Somebody tried to accept too little, which is refused where another payment was there first.
    paid = min(sum(payment.amount for payment in applied), total)
    assert max(paid - back, 0) <= left <= max(total - back, 0), f"kept {left} of {total - back}, paid {paid}"


def _check_ledger(ended: Ended, books: Books) -> None:
    """Check that the order tells the rows of the store, each once."""
    stored = {
        (kind, row["payment_id"], row["amount"], row["currency"], row["reference"])
        for kind, rows in (("capture", books.captures), ("refund", books.refunds))
        for row in rows
        if row["order_id"] == ended.order_id
    }
    told = {(row.kind, row.payment_id, row.amount, row.currency, row.reference) for row in ended.view.ledger}
    assert len(told) == len(ended.view.ledger), "the order says the same row twice"
    assert told <= stored, f"only told: {told - stored}"
    # What came when the order had ended, the intake alone could record and send back.
    not_of_intake = {row for row in stored - told if row[1] not in ended.inputs.outcomes}
    assert not not_of_intake, f"only stored: {not_of_intake}"


def _check_owners_at_end(ended: Ended, books: Books) -> None:
    """Check that `tconsole check` would find nothing of the order; what is skipped leaves pieces without an owner."""
    order, moved = KnownOrder(outcome=ended.view), [row for row in books.captures if row["order_id"] == ended.order_id]
    back = Counter[str]()
    for row in books.refunds:
        back[row["payment_id"]] += row["amount"]
    captures = [
        Captured(row["payment_id"], ended.order_id, row["amount"], row["currency"], back[row["payment_id"]], len(moved))
        for row in moved
    ]
    lines: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in books.reservation_lines:
        lines[row["reservation_id"]][row["sku"]] = row["quantity"]
    reserved = [
        Reserved(row["reservation_id"], ReservationStatus(row["status"]), lines[row["reservation_id"]])
        for row in ended.rows(books.reservations, "reservation_id")
        if row["status"] != RELEASED and not ended.inputs.skipped
    ]
    remedies = Remedies("localhost:7233", "default")
    findings = [judge_capture(each, order, remedies, intake_runs=False) for each in captures]
    findings += [judge_reservation(each, order, OrderMoney(), remedies) for each in reserved]
    assert not any(findings), [finding.line for finding in findings if finding]


def _check_intake(ended: Ended, books: Books) -> None:
    """Check that a payment of the intake pays its order, or is back, as its outcome says."""
    applied = {payment.payment_id for payment in ended.view.payments if payment.status == CaptureStatus.APPLIED}
    for payment_id, outcome in {**ended.inputs.outcomes, **ended.inputs.unknown}.items():
        captured, back = [
            sum(row["amount"] for row in rows if row["payment_id"] == payment_id)
            for rows in (books.captures, books.refunds)
        ]
        if outcome == PaymentOutcome.REFUNDED:
            assert captured == back, f"{payment_id} is refunded, and {captured - back} of it is left"
        if payment_id in applied and outcome is not None:
            assert outcome == PaymentOutcome.APPLIED, f"{payment_id} pays the order, and the intake says {outcome}"
    assert set(ended.inputs.unknown.values()) <= {PaymentOutcome.REFUNDED}, "kept for an order that does not exist"


def _check_known(ended: Ended, books: Books, everyone: Sequence[Ended]) -> None:
    """Check that no payment is dropped: it is in the books, as one of its confirmations says it."""
    captured = {row["payment_id"]: (row["order_id"], row["amount"], row["currency"]) for row in books.captures}
    said = {
        (payment.payment_id, other.order_id, payment.amount, payment.currency)
        for other in everyone
        for payment in other.inputs.confirmed
    }
    for payment in ended.inputs.confirmed:
        row = captured.get(payment.payment_id)
        assert row is not None, f"payment {payment.payment_id} is in no book"
        assert (payment.payment_id, *row) in said, f"payment {payment.payment_id} is booked as {row}, as nobody said"


def _check_stock(ended: Ended, books: Books) -> None:
    """Check that each reservation has ended: consumed by what was delivered or lost, else released."""
    stored = {row["reservation_id"]: row["status"] for row in ended.rows(books.reservations, "reservation_id")}
    lines_skipped = ended.skipped("release/reservation")
    for name, status in stored.items():
        key = name.removeprefix(f"{ended.order_id}/reservation")[1:]
        step = {f"{kind}/{key}" if key else kind for kind in ("release", "consume")}
        told = next((held.status for held in ended.view.reservations if held.reservation_id == name), status)
        may_be_held = lines_skipped or step & ended.inputs.skipped
        assert HELD not in (status, told) or may_be_held, f"{name} holds stock for an order that has ended"
        assert told in (status, HELD) or lines_skipped, f"{name} is {status}, and the order says {told}"
    assert {held.reservation_id for held in ended.view.reservations} <= set(stored)
    gone = ended.parcels(*OUT_OF_THE_HOUSE)
    if ended.inputs.skipped:  # what is skipped leaves pieces taken, and never frees any
        assert gone <= ended.reserved(books, CONSUMED, HELD), f"not all was taken that is delivered or lost: {gone}"
    else:
        assert ended.reserved(books, CONSUMED) == gone, f"it is not consumed what is delivered or lost: {gone}"


def _check_parcels(ended: Ended, books: Books) -> None:
    """Check that the carrier's rows say what the order says, and that an undone order delivers nothing."""
    view = ended.view
    told = {parcel.parcel_id: parcel.status for parcel in view.parcels}
    undone = view.status in UNDONE
    assert not undone or set(told.values()) <= NOT_DELIVERED, f"{view.status}, but {told}"
    for row in ended.rows(books.parcels, "parcel_id"):
        parcel_id = row["parcel_id"]
        late = undone and row["carrier"] is not None and row["created_at"] > view.stage_since
        assert not late, f"handed over after the end: {row}"
        unknown = ended.skipped(f"track/{parcel_id}/" if parcel_id in told else "recall")
        if parcel_id not in ended.given_by_hand and not unknown:
            assert row["status"] == told.get(parcel_id, RECALLED), f"{row} is {told} in the order's words"


def _check_delivered(ended: Ended) -> None:
    """Check that every piece was delivered, refunded or cancelled, and none of the cancelled ones delivered."""
    delivered = ended.parcels(ShipmentStatus.DELIVERED)
    cancelled, refunded = ended.goods(ended.view.cancelled_lines), ended.goods(ended.view.refunded_lines)
    assert refunded + cancelled <= ended.pieces, f"refunded by line {refunded}, and cancelled {cancelled}"
    assert ended.pieces <= delivered + refunded + cancelled, f"not all is delivered or refunded: {dict(delivered)}"
    assert delivered <= ended.pieces - cancelled, f"delivered {dict(delivered)}, though cancelled {dict(cancelled)}"


def _check_hand_overs(ended: Ended, trail: Sequence[Change]) -> None:
    """Check that whenever a parcel was handed over, its order was paid and its pieces were held for it."""
    for number, change in enumerate(trail):
        is_new = change.table == "parcels" and change.before is None and change.row["order_id"] == ended.order_id
        if is_new and change.row["parcel_id"] not in ended.given_by_hand:
            _check_hand_over(ended, books_after(trail[:number]), change.row["parcel_id"])


def _check_hand_over(ended: Ended, books: Books, parcel_id: str) -> None:
    view = ended.view
    mine = {(payment.payment_id, ended.order_id, view.request.currency) for payment in ended.paying}
    captured, back = [
        [row["amount"] for row in rows if (row["payment_id"], row["order_id"], row["currency"]) in mine]
        for rows in (books.captures, books.refunds)
    ]
    # All that is not cancelled in the end must have been paid, or less by decision.
    due = max(min([view.request.total, *ended.accepted_amounts]) - price(view.cancelled_lines), 0)
    assert sum(captured) >= due, f"{parcel_id} is handed over for {captured} of {due}"
    left = sum(captured) - sum(back)
    assert left >= due - price(view.refunded_lines) - by_amount(view), (
        f"{parcel_id} is handed over when {left} was left"
    )
    held = ended.reserved(books, HELD)
    wanted = count(line for parcel in view.parcels if parcel.parcel_id == parcel_id for line in parcel.lines)
    assert held, f"{parcel_id} is handed over when nothing was held for it"
    assert wanted <= held, f"{parcel_id} is handed over with {wanted} when {held} was held"
