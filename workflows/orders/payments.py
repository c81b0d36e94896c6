"""The payments an order has heard of: which one pays it, which ones go back, and what the money's status is."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.orders.models import LedgerEntry, PaymentConfirmation, PaymentStatus
from workflows.shared.money import format_money


@dataclass
class Payment:
    """Money that the gateway captured, and where its way through the ledger has come to."""

    confirmation: PaymentConfirmation
    pays_order: bool
    """Whether it is the one payment that the order accepted; it stays so when it is refunded later."""
    refund_owed: bool = False
    capture: LedgerEntry | None = None
    refund: LedgerEntry | None = None
    disowned: bool = False
    """The ledger knows it as the payment of another order, so that here it neither counts nor goes back."""

    @property
    def payment_id(self) -> str:
        """The gateway's ID."""
        return self.confirmation.payment_id

    @property
    def money(self) -> str:
        """The amount, for people."""
        return format_money(self.confirmation.amount, self.confirmation.currency)

    def booked(self) -> bool:
        """Whether the ledger has answered."""
        return self.capture is not None or self.disowned

    def same_money(self, other: PaymentConfirmation) -> bool:
        """Say whether ``other`` confirms the same amount in the same currency."""
        return (self.confirmation.amount, self.confirmation.currency) == (other.amount, other.currency)


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
    def going_back(self) -> list[Payment]:
        """The payments that went back, or will."""
        return [payment for payment in self._counted if payment.refund_owed]

    @property
    def status(self) -> PaymentStatus:
        """Where the money stands.

        ``PAID`` is about the payment that pays the order, whatever happens to stray ones. ``REFUND_PENDING``: some
        money must still go back. ``REFUNDED``: the order's own payment went back.
        """
        accepted = self.accepted
        if accepted and not accepted.refund_owed:
            return PaymentStatus.PAID
        if any(payment.refund_owed and not payment.refund for payment in self._counted):
            return PaymentStatus.REFUND_PENDING
        return PaymentStatus.REFUNDED if accepted else PaymentStatus.UNPAID

    @property
    def closed_status(self) -> PaymentStatus:
        """The same for an order that has ended: money that came and went back is ``REFUNDED`` then, stray or not."""
        went_back = self.status == PaymentStatus.UNPAID and any(payment.refund for payment in self._counted)
        return PaymentStatus.REFUNDED if went_back else self.status

    @property
    def _counted(self) -> Iterable[Payment]:
        return (payment for payment in self._by_id.values() if not payment.disowned)
