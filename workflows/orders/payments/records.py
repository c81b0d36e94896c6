"""The payments an order has heard of: which one pays it, what of each must go back, and what the money's status is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from workflows.orders.models import (
    CapturedPayment,
    LedgerEntry,
    ParkedPayment,
    PaymentStanding,
    PaymentStatus,
    PaymentView,
    RefundPart,
)
from workflows.orders.views.attention import Attention
from workflows.shared.money import format_money

REST = "rest"
EXCESS = "excess"
"""Parts of a payment that go back."""


def refund_key(order_id: str, payment_id: str, part: str = "") -> str:
    """Return the key under which a payment goes back once: all of it, or a ``part`` of that name."""
    whole = f"{order_id}/refund/{payment_id}"
    return f"{whole}/{part}" if part else whole


@dataclass
class PendingRefund:
    """Money of a payment that must go back; decided once, so that every try asks the provider for the same.

    ``part`` is empty for a whole payment, else a name that no other part of the payment has; it is in the key.
    """

    part: str
    amount: int
    entry: LedgerEntry | None = None
    """The refund, once the provider has confirmed it."""

    def sent(self) -> bool:
        """Whether the provider has confirmed the refund."""
        return self.entry is not None


@dataclass(frozen=True)
class Parking:
    """Why a payment is kept aside, and since when."""

    attention: Attention
    at: datetime


@dataclass
class Payment:
    """Money that the gateway captured, and where its way through the ledger has come to."""

    confirmation: CapturedPayment
    pays_order: bool = False
    """Whether it is the one payment that the order accepted; it stays so when it is refunded later."""
    why: str = ""
    """Why it does not simply pay the order."""
    parked: Parking | None = None
    waits_at_door: bool = False
    """Whether a payment workflow waits to hear what becomes of it."""
    capture: LedgerEntry | None = None
    dues: list[PendingRefund] = field(default_factory=list)
    ends_with_order: bool = False
    """Whether it goes back because the order ends, which is when the customer hears of it."""
    rejected_by_ledger: bool = False
    """The ledger knows it as the payment of another order, so that here it neither counts nor goes back."""

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
        """What of it neither went back nor must, in minor units."""
        return self.confirmation.amount - sum(due.amount for due in self.dues)

    @property
    def refund_owed(self) -> bool:
        """Whether all of it went back, or must."""
        return self.left == 0

    @property
    def last_due(self) -> int:
        """What went back, or must, when the order ended."""
        return sum(due.amount for due in self.dues if due.part in ("", REST))

    @property
    def pending(self) -> bool:
        """Whether some of it must still go back."""
        return not all(due.sent() for due in self.dues)

    @property
    def returned(self) -> bool:
        """Whether all of it went back."""
        return self.refund_owed and not self.pending

    def owe(self, part: str, amount: int) -> PendingRefund:
        """Decide that a part must go back.

        Raises:
            ValueError: so much is not left of it, or the part has been named before.
        """
        if not 0 < amount <= self.left or any(due.part == part for due in self.dues):
            raise ValueError(f"{part or 'all'} of {self.payment_id}: {amount} of {self.left}")
        self.dues.append(PendingRefund(part, amount))
        return self.dues[-1]

    def owe_rest(self) -> None:
        """Decide that all that is left must go back."""
        if self.left:
            self.owe(REST if self.dues else "", self.left)

    def booked(self) -> bool:
        """Whether the ledger has answered."""
        return self.capture is not None or self.rejected_by_ledger

    def same_money(self, other: CapturedPayment) -> bool:
        """Say whether ``other`` confirms the same amount in the same currency."""
        return (self.confirmation.amount, self.confirmation.currency) == (other.amount, other.currency)

    @property
    def standing(self) -> PaymentStanding:
        """Where it stands, for those who handed it over."""
        if self.rejected_by_ledger:
            return PaymentStanding.REJECTED_BY_LEDGER
        if self.parked is not None:
            return PaymentStanding.PARKED
        if self.refund_owed:
            return PaymentStanding.RETURNING if self.pending else PaymentStanding.RETURNED
        return PaymentStanding.APPLIED

    @property
    def refund_reference(self) -> str | None:
        """The reference of the latest refund."""
        return next((due.entry.reference for due in reversed(self.dues) if due.entry), None)

    def view(self) -> PaymentView:
        """Return it as the outside sees it."""
        return PaymentView(
            payment_id=self.payment_id,
            amount=self.confirmation.amount,
            currency=self.confirmation.currency,
            standing=self.standing,
            reason=self.why,
            parts=[RefundPart(part=due.part, amount=due.amount, sent=due.sent()) for due in self.dues],
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
        """Take note of a payment."""
        self._by_id[payment.payment_id] = payment

    @property
    def accepted(self) -> Payment | None:
        """The payment that pays the order, refunded since or not."""
        return next((payment for payment in self._counted if payment.pays_order), None)

    @property
    def parked(self) -> list[Payment]:
        """The payments that are kept aside until somebody decides."""
        return [payment for payment in self._counted if payment.parked]

    @property
    def going_back(self) -> list[Payment]:
        """The payments that went back, or will, whole."""
        return [payment for payment in self._counted if payment.refund_owed]

    @property
    def ending_with_order(self) -> list[Payment]:
        """The payments that go back because the order ends, or that would."""
        return [payment for payment in self._counted if payment.ends_with_order]

    def close(self) -> None:
        """Decide that what the order still has goes back, since it ends."""
        for payment in self._counted:
            if payment.pays_order or payment.parked:
                payment.ends_with_order = True
                payment.parked = None
                payment.owe_rest()

    @property
    def status(self) -> PaymentStatus:
        """Where the money stands.

        ``PAID`` is about the payment that pays the order, whatever happens to stray ones; ``PARTLY_REFUNDED``: a part
        of it went back. ``REFUND_PENDING``: some money must still go back. ``REFUNDED``: the order's own payment did.
        """
        accepted = self.accepted
        if accepted and not accepted.dues:
            return PaymentStatus.PAID
        if accepted and not accepted.refund_owed:
            return PaymentStatus.REFUND_PENDING if accepted.pending else PaymentStatus.PARTLY_REFUNDED
        if any(payment.pending for payment in self._counted):
            return PaymentStatus.REFUND_PENDING
        return PaymentStatus.REFUNDED if accepted else PaymentStatus.UNPAID

    @property
    def closed_status(self) -> PaymentStatus:
        """The same for an order that has ended: money that came and went back is ``REFUNDED`` then, stray or not."""
        went_back = self.status == PaymentStatus.UNPAID and any(payment.returned for payment in self._counted)
        return PaymentStatus.REFUNDED if went_back else self.status

    def views(self) -> list[PaymentView]:
        """Return all of them as the outside sees them."""
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
            for payment in self._counted
            if payment.parked
        ]

    @property
    def _counted(self) -> Iterable[Payment]:
        return (payment for payment in self._by_id.values() if not payment.rejected_by_ledger)
