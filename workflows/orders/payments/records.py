"""The payments of an order, their refunds, and the deadline of its payment window."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Literal

from workflows.orders.models import MAX_WINDOW_SECONDS, CapturedPayment, PaymentStatus
from workflows.orders.ports import BookedPayment
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import CaptureStatus, LedgerEntry, ParkedPayment, PaymentView, RefundPart
from workflows.shared.keys import key_of, parts_of
from workflows.shared.money import format_money

REST = "rest"
EXCESS = "excess"
"""Parts of a payment that go back."""

BY_AMOUNT = "amount"
"""What the names of parts begin with that somebody sends back without taking pieces out of the order."""

CLOSING_PARTS = ("", REST)
"""Those that go back because the order ends."""


LATE = "late"
"""What the names of parts begin with that go back by a refund after delivery."""


def late_part(refund_id: str) -> str:
    """Return the name of the parts of payments that go back by a refund after delivery; it is in their keys."""
    return f"{LATE}-{refund_id}"


def is_late(key: str) -> bool:
    """Return whether a refund's key is of a refund after delivery."""
    return part_of(key).startswith(f"{LATE}-")


def refund_key(order_id: str, payment_id: str, part: str = "") -> str:
    """Return the key under which a payment goes back once: all of it, or a ``part`` of that name."""
    return key_of(order_id, "refund", payment_id, *([part] if part else []))


def part_of(key: str) -> str:
    """Return the part that a refund's key names, empty for a whole payment."""
    return "".join(parts_of(key)[3:])


def closing_refund_keys(order_id: str, payment_id: str) -> list[str]:
    """Return the keys under which a payment goes back because its order ends."""
    return [refund_key(order_id, payment_id, part) for part in CLOSING_PARTS]


@dataclass
class PendingRefund:
    """Money of a payment that must go back; decided once, so that every attempt asks the provider for the same.

    ``part`` is empty for a whole payment, else a name that no other part of the payment has; it is in the key.
    """

    part: str
    amount: int
    entry: LedgerEntry | None = None
    """The refund, once the provider has confirmed it."""

    def sent(self) -> bool:
        """Return whether the provider has confirmed the refund."""
        return self.entry is not None


@dataclass(frozen=True)
class Parking:
    """Why a payment is kept aside, and since when."""

    attention: Attention
    at: datetime
    is_part: bool = False
    """Whether it is too little, and pays the order together with others that may come."""


@dataclass
class Payment:
    """Money that a gateway captured, its entry in the ledger, and its refunds."""

    confirmation: CapturedPayment
    pays_order: bool = False
    """Whether the order accepted it, alone or with others, refunded later or not."""
    why: str = ""
    """Why it does not simply pay the order."""
    parked: Parking | None = None
    intake_waits: bool = False
    """Whether a payment intake waits to hear what becomes of it."""
    capture: LedgerEntry | None = None
    refunds: list[PendingRefund] = field(default_factory=list)
    ends_with_order: bool = False
    """Whether it goes back because the order ends; then the customer hears of it by the order's last e-mail."""
    rejected_by_ledger: bool = False
    """The ledger attributes it to another order, or the provider never captured it: it does not count here."""

    @property
    def payment_id(self) -> str:
        """The gateway's ID."""
        return self.confirmation.payment_id

    @property
    def money(self) -> str:
        """The amount, for people."""
        return self.words(self.confirmation.amount)

    def words(self, amount: int) -> str:
        """Return an amount in the payment's currency, for people."""
        return format_money(amount, self.confirmation.currency)

    @property
    def left(self) -> int:
        """What neither went back nor must, in minor units."""
        return self.confirmation.amount - sum(refund.amount for refund in self.refunds)

    @property
    def worth(self) -> int:
        """What it pays, in minor units: without an excess that goes back."""
        return self.confirmation.amount - sum(refund.amount for refund in self.refunds if refund.part == EXCESS)

    @property
    def refund_owed(self) -> bool:
        """Whether all of it went back, or must."""
        return self.left == 0

    @property
    def refunded_at_end(self) -> int:
        """What went back, or must, because the order ended."""
        return sum(refund.amount for refund in self.refunds if refund.part in CLOSING_PARTS)

    @property
    def pending(self) -> bool:
        """Whether some of it must still go back."""
        return not all(refund.sent() for refund in self.refunds)

    @property
    def returned(self) -> bool:
        """Whether all of it went back."""
        return self.refund_owed and not self.pending

    def owe(self, part: str, amount: int) -> PendingRefund:
        """Decide that a part must go back.

        Raises:
            ValueError: less than that is left, or the part has been named before.
        """
        if not 0 < amount <= self.left or any(refund.part == part for refund in self.refunds):
            raise ValueError(f"{part or 'all'} of {self.payment_id}: {amount} of {self.left}")
        self.refunds.append(PendingRefund(part, amount))
        return self.refunds[-1]

    def find_refunds(self, booked: BookedPayment, at: datetime) -> list[LedgerEntry]:
        """Add the refunds that the ledger has and this run does not know, and return their entries."""
        known = {refund.part for refund in self.refunds}
        found = []
        for refund in booked.refunds:
            pending = PendingRefund(part_of(refund.refund_key), refund.amount)
            if pending.part not in known:
                self.refunds.append(pending)
                if refund.reference is not None:
                    pending.entry = self.entry("refund", refund.amount, at, refund.reference)
                    found.append(pending.entry)
        return found

    def entry(self, kind: Literal["capture", "refund"], amount: int, at: datetime, reference: str) -> LedgerEntry:
        """Return an entry of the ledger about this payment."""
        return LedgerEntry(
            kind=kind,
            payment_id=self.payment_id,
            amount=amount,
            currency=self.confirmation.currency,
            at=at,
            reference=reference,
        )

    def owe_rest(self) -> None:
        """Decide that all that is left must go back."""
        if self.left:
            self.owe(REST if self.refunds else "", self.left)

    def booked(self) -> bool:
        """Return whether the ledger has answered."""
        return self.capture is not None or self.rejected_by_ledger

    def same_money(self, other: CapturedPayment) -> bool:
        """Return whether ``other`` has the same amount and currency."""
        return (self.confirmation.amount, self.confirmation.currency) == (other.amount, other.currency)

    @property
    def status(self) -> CaptureStatus:
        """Its status at the order."""
        if self.rejected_by_ledger:
            return CaptureStatus.REJECTED_BY_LEDGER
        if self.parked is not None:
            return CaptureStatus.PARKED
        if self.refund_owed:
            return CaptureStatus.RETURNING if self.pending else CaptureStatus.RETURNED
        return CaptureStatus.APPLIED

    @property
    def refund_reference(self) -> str | None:
        """The reference of the latest refund."""
        return next((refund.entry.reference for refund in reversed(self.refunds) if refund.entry), None)

    def view(self) -> PaymentView:
        """Return it as queries answer it."""
        return PaymentView(
            payment_id=self.payment_id,
            amount=self.confirmation.amount,
            currency=self.confirmation.currency,
            status=self.status,
            reason=self.why,
            parts=[RefundPart(part=each.part, amount=each.amount, sent=each.sent()) for each in self.refunds],
            refund_reference=self.refund_reference,
        )


class Payments:
    """All payments of one order, by their ID, in the order in which they came."""

    def __init__(self) -> None:
        self._by_id: dict[str, Payment] = {}

    def get(self, payment_id: str) -> Payment | None:
        """Return the payment with that ID."""
        return self._by_id.get(payment_id)

    def add(self, payment: Payment) -> None:
        """Add a payment."""
        self._by_id[payment.payment_id] = payment

    @property
    def paying(self) -> list[Payment]:
        """The payments that together pay the order, refunded since or not."""
        return [payment for payment in self.counted if payment.pays_order]

    @property
    def ids(self) -> str:
        """The payments that pay the order, for people."""
        return " and ".join(payment.payment_id for payment in self.paying)

    @property
    def sent_by_amount(self) -> int:
        """What went back, or must, for no pieces of the order, in minor units."""
        begins = f"{BY_AMOUNT}-"
        parts = [refund for payment in self.paying for refund in payment.refunds if refund.part.startswith(begins)]
        return sum(refund.amount for refund in parts)

    @property
    def left(self) -> int:
        """What neither went back nor must, of the payments that pay the order, in minor units."""
        return sum(payment.left for payment in self.paying)

    def next_part(self, kind: str) -> int:
        """Return a number that no part ``{kind}-{number}`` has; one may be of a run that a reset has lost."""
        parts = {refund.part for payment in self._by_id.values() for refund in payment.refunds}
        return next(number for number in count(1) if f"{kind}-{number}" not in parts)

    def divide(self, amount: int) -> list[tuple[Payment, int]]:
        """Return how much of which payment goes back if ``amount`` does: of the latest first."""
        parts = []
        for payment in reversed(self.paying):
            if part := min(amount, payment.left):
                parts.append((payment, part))
                amount -= part
        return parts

    def owe(self, part: str, amount: int) -> list[tuple[Payment, PendingRefund]]:
        """Decide that ``amount`` must go back, under one name of all payments that it is part of."""
        return [(payment, payment.owe(part, some)) for payment, some in self.divide(amount)]

    @property
    def parked(self) -> list[Payment]:
        """The payments that are kept aside until somebody decides."""
        return [payment for payment in self.counted if payment.parked]

    @property
    def parts(self) -> list[Payment]:
        """The payments that are each too little, and are kept until the rest comes."""
        return [payment for payment in self.parked if payment.parked and payment.parked.is_part]

    @property
    def paid_in_part(self) -> int:
        """What these are together, in minor units."""
        return sum(payment.worth for payment in self.parts)

    @property
    def ending_with_order(self) -> list[Payment]:
        """The payments that go back because the order ends."""
        return [payment for payment in self.counted if payment.ends_with_order]

    def close(self) -> None:
        """Decide that what the order still has goes back, since it ends."""
        for payment in self.counted:
            if payment.pays_order or payment.parked:
                payment.ends_with_order = True
                payment.parked = None
                payment.owe_rest()

    @property
    def status(self) -> PaymentStatus:
        """The status of the order's money.

        ``PAID`` and ``PARTLY_REFUNDED`` are about the payments that pay the order, whatever happens to others.
        ``PARTLY_PAID``: some of it came, and the rest is waited for.
        ``REFUND_PENDING``: some money must still go back. ``REFUNDED``: all of the order's own payments went back.
        """
        paying = self.paying
        if paying and not any(payment.refunds for payment in paying):
            return PaymentStatus.PAID
        if self.left:
            pending = any(payment.pending for payment in paying)
            return PaymentStatus.REFUND_PENDING if pending else PaymentStatus.PARTLY_REFUNDED
        if self.parts:
            return PaymentStatus.PARTLY_PAID
        if any(payment.pending for payment in self.counted):
            return PaymentStatus.REFUND_PENDING
        return PaymentStatus.REFUNDED if paying else PaymentStatus.UNPAID

    @property
    def closed_status(self) -> PaymentStatus:
        """The same for an order that has ended: then any payment that came and went back makes it ``REFUNDED``."""
        went_back = self.status == PaymentStatus.UNPAID and any(payment.returned for payment in self.counted)
        return PaymentStatus.REFUNDED if went_back else self.status

    def views(self) -> list[PaymentView]:
        """Return all of them as queries answer them."""
        return [payment.view() for payment in self._by_id.values()]

    def parked_views(self) -> list[ParkedPayment]:
        """Return those that somebody must decide about."""
        return [
            ParkedPayment(
                payment_id=payment.payment_id,
                amount=payment.confirmation.amount,
                currency=payment.confirmation.currency,
                reason=payment.why,
                at=payment.parked.at,
            )
            for payment in self.counted
            if payment.parked
        ]

    @property
    def counted(self) -> Iterable[Payment]:
        """All but those that the ledger rejected."""
        return (payment for payment in self._by_id.values() if not payment.rejected_by_ledger)


@dataclass(frozen=True)
class Deadline:
    """An end of the payment window; each extension sets one with the next number."""

    number: int
    set_at: datetime
    at: datetime

    @classmethod
    def first(cls, now: datetime, length: timedelta) -> "Deadline":
        """Return the deadline of a window that opens now."""
        return cls(number=1, set_at=now, at=now + length)

    def later(self, now: datetime, by: timedelta) -> "Deadline":
        """Return the deadline that an extension sets."""
        return Deadline(number=self.number + 1, set_at=now, at=self.at + by)

    def remind_at(self, before: timedelta) -> datetime:
        """Return when to send the reminder: ``before`` its end, or half-way if that is less than half of the time."""
        return max(self.at - before, self.set_at + (self.at - self.set_at) / 2)

    def max_extension(self, now: datetime) -> timedelta:
        """Return by how much it may still be extended."""
        return now + timedelta(seconds=MAX_WINDOW_SECONDS) - self.at
