"""What the orders system needs from outside. Every write carries a key and is idempotent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from workflows.orders.models import Address, ShipmentStatus
from workflows.orders.payments.refund_models import PaymentPart
from workflows.orders.policy import OrderPolicy
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import PricedLine, ReservedLine
from workflows.shared.fields import Answer
from workflows.shared.items import Items

if TYPE_CHECKING:
    from workflows.orders.late_refunds.models import RefundPlan, RefundRequest


@dataclass
class UnknownSkuError(Exception):
    """The inventory does not know the SKU; ``near`` are known ones that are like it."""

    sku: str
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"unknown SKU {self.sku}" + (f": did you mean {' or '.join(self.near)}?" if self.near else "")


@dataclass
class OutOfStockError(Exception):
    """Fewer pieces are available than wanted."""

    sku: str
    wanted: int
    available: int

    def __str__(self) -> str:
        return f"{self.sku}: {self.wanted} wanted, {self.available} available"


@dataclass
class ReservationEndedError(Exception):
    """The reservation is known and released, so its order ID was used before."""

    reservation_id: str

    def __str__(self) -> str:
        return f"{self.reservation_id} has ended already: the order ID was used before; use a new one"


@dataclass
class CaptureConflictError(Exception):
    """The ledger has another capture of that payment: for another order, or of another amount."""

    payment_id: str
    known: str
    """Money and order in the ledger, for people."""
    given: str

    def __str__(self) -> str:
        return f"payment {self.payment_id} is in the ledger already, as {self.known}; what came now is {self.given}"


@dataclass
class CaptureRefusedError(Exception):
    """The provider never captured this money: it has no such payment, or one of another amount."""

    payment_id: str
    reason: str
    """What the provider has instead, for people."""

    def __str__(self) -> str:
        return f"payment {self.payment_id}: {self.reason}"


@dataclass
class NotRefundableError(Exception):
    """A refund of a delivered order is not possible."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass
class UndoneError(Exception):
    """What a step needs was undone before, perhaps by a run of the order that a reset has lost."""

    attention: Attention
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Capture:
    """Money taken for an order; ``amount`` in minor units."""

    payment_id: str
    order_id: str
    amount: int
    currency: str

    def __post_init__(self) -> None:
        _check_amount(self.amount)


@dataclass(frozen=True)
class Refund:
    """Money to give back; ``amount`` in minor units. One refund is made for a ``refund_key``, ever."""

    refund_key: str
    payment_id: str
    order_id: str
    amount: int
    currency: str

    def __post_init__(self) -> None:
        _check_amount(self.amount)


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise ValueError(f"an amount of {amount} cannot be booked; use 1 or more minor units")


class Inventory(Protocol):
    """Stock and reservations."""

    async def reserve(self, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Reserve all lines, or none. A known ``reservation_id`` changes nothing.

        Raises:
            UnknownSkuError: a SKU is not known.
            OutOfStockError: a SKU has too few pieces left.
        """

    async def reserve_available(self, reservation_id: str, lines: Sequence[ReservedLine]) -> list[ReservedLine]:
        """Reserve what is available of each line, and return it. A known ``reservation_id`` returns what it holds.

        If nothing is available, the ID is not used up.

        Raises:
            UnknownSkuError: a SKU is not known; nothing is reserved.
            ReservationEndedError: it is known, and released.
        """

    async def release(self, reservation_id: str) -> None:
        """Put the pieces back. Released and consumed reservations are left as they are.

        An unknown reservation is recorded as released, so that a late ``reserve`` of it reserves nothing.
        """

    async def consume(self, reservation_id: str) -> None:
        """Book the pieces out for good: they have left the warehouse. A consumed reservation is left as it is.

        Raises:
            UndoneError: it is released; its pieces are somebody else's by now.
        """

    async def restock(self, reservation_id: str) -> None:
        """Put the pieces of a consumed reservation back, as released: the parcel came back.

        Any other reservation is left as it is.
        """

    async def release_lines(self, release_key: str, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Put some pieces of a held or consumed reservation back; a known ``release_key`` puts nothing back again.

        A reservation that has given up its last piece is released; one that was released before is left as it is.
        """


class PaymentProvider(Protocol):
    """Moves the money, and keeps the ledger. The refunds of a payment never exceed its capture."""

    async def record_capture(self, capture: Capture) -> str:
        """Record a capture and return its reference; a known ``payment_id`` returns the first reference.

        Raises:
            CaptureConflictError: it is known with another order, amount or currency.
            CaptureRefusedError: the provider has not captured this.
        """

    async def unrefunded(self, order_id: str) -> list[str]:
        """Return the payments of an order that the ledger has and of which nothing has gone back, or is about to."""

    async def refund(self, refund: Refund) -> str:
        """Send money back and return the refund's reference; a known key returns the first one."""

    async def record_manual_refund(self, refund: Refund, reference: str) -> str:
        """Record that a person sent the money back by another way, and return the refund's reference.

        It shares its keys with :meth:`refund`: the first of both stands, and its reference is returned.
        """


class Warehouse(Protocol):
    """Picks and packs."""

    async def stop(self, *, parcel_id: str, step: str) -> str | None:
        """Stop working on a parcel for good and return None, or return why it is too late; then the work goes on.

        ``step`` is the order's current step, a value of ``Step``. A known ``parcel_id`` gets the first answer again.
        """


class Carrier(Protocol):
    """Takes and delivers parcels."""

    async def create_parcel(
        self,
        *,
        parcel_id: str,
        order_id: str,
        address: Address,
        payment_ids: Sequence[str],
        reservations: Sequence[str],
    ) -> str:
        """Hand the parcel over, ``shipped`` from then on, and return the carrier's name.

        A known ``parcel_id`` creates no second one. ``payment_ids`` pay for it, ``reservations`` hold its pieces.

        Raises:
            UndoneError: a payment went back as its order ended, a reservation is released, the parcel is recalled, or
                the pieces of a new one have left with another one.
        """

    async def update_parcel(self, *, parcel_id: str, status: str) -> None:
        """Record the parcel's status, a value of ``ShipmentStatus``."""

    async def recall_parcel(self, *, parcel_id: str) -> None:
        """Recall a parcel whose hand-over was never confirmed; one recalled already is left as it is.

        An unknown parcel is recorded as recalled, so that a late ``create_parcel`` of it hands nothing over.
        """


class Mailer(Protocol):
    """Messages to customers."""

    async def send(self, *, message_key: str, to: str, subject: str, body: str) -> None:
        """Send a plain-text e-mail, or an SMS to a telephone number; a known ``message_key`` sends nothing again."""


class BookedRefund(Answer):
    """A refund in the ledger; ``reference`` is None while a provider is asked for it."""

    refund_key: str
    amount: int
    reference: str | None


class BookedPayment(Answer):
    """A capture in the ledger, and its refunds."""

    payment_id: str
    amount: int
    currency: str
    reference: str
    refunds: list[BookedRefund]
    sent_back: bool = Field(description="whether the payment intake has decided that it goes back")


class LineRelease(Answer):
    """Pieces that a reservation has released since their price was refunded."""

    release_key: str
    reservation_id: str
    lines: list[ReservedLine]


class DecidedRefund(Answer):
    """A refund of lines or of an amount that an order has decided, recorded before anything of it is done."""

    part: str = Field(description="the name of its parts of payments, which is in their keys")
    update_id: str = Field(description="of the update that asked for it: a reset may bring that again")
    lines: list[PricedLine] = Field(description="the pieces whose price it is; none if it is an amount")
    money: list[PaymentPart] = Field(description="how much of which payment goes back")
    releases: list[LineRelease] = Field(description="what leaves its reservation")
    by: str
    reason: str
    ends_order: bool = False
    approved_by: str | None = Field(default=None, description="the second person, if it needed one")
    asked_in: str = Field(default="", description="ID of the update that asked for it, if another one decided it")


class ChangedAddress(Answer):
    """Where an order's parcels go since somebody has changed it; changes are counted from 1."""

    number: int
    address: Address


class OrderBooks(Answer):
    """What the store has of an order's money, pieces and parcels."""

    payments: list[BookedPayment]
    parcels: dict[str, ShipmentStatus]
    """The status of those that were handed over and not recalled, by their IDs."""
    released: list[LineRelease] = Field(default_factory=list)
    decided: list[DecidedRefund] = Field(default_factory=list)
    address: ChangedAddress | None = None


class Books(Protocol):
    """Keeps what was decided and done for an order, by any run of its workflow."""

    async def note_refund(self, order_id: str, refund: DecidedRefund) -> None:
        """Record a refund that is decided. A known part changes nothing."""

    async def note_address(self, order_id: str, changed: ChangedAddress) -> None:
        """Record where an order's parcels go. An earlier change never replaces a later one."""

    async def of_order(self, order_id: str) -> OrderBooks:
        """Return what the store has of an order's money and parcels.

        The order claims its payments by that: the payment intake asks it before it sends one back.
        """


class LateRefunds(Protocol):
    """Decides refunds of orders that are delivered."""

    async def decide(
        self,
        request: "RefundRequest",
        decide: "Callable[[list[BookedPayment], list[RefundPlan]], RefundPlan]",
    ) -> "RefundPlan":
        """Return what ``decide`` makes of the ledger and of what was decided before.

        That is one transaction, in which the money is set aside, so that no two refunds have the same. A known
        ``refund_id`` gets its first answer again.

        Raises:
            NotRefundableError: ``decide`` does, or the ID is known with another request.
        """


@dataclass(frozen=True)
class OrderPorts:
    """All ports, for the activities."""

    inventory: Inventory
    payments: PaymentProvider
    warehouse: Warehouse
    carrier: Carrier
    mailer: Mailer
    items: Items
    books: Books
    late_refunds: LateRefunds
    policy: OrderPolicy
