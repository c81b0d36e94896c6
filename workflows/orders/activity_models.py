"""Inputs and results of the activities."""

from enum import StrEnum

from pydantic import Field

from workflows.orders.customer.delivery_days import DaysOff
from workflows.orders.models import Address, OrderRequest
from workflows.orders.policy import OrderPolicy
from workflows.orders.ports import Capture, ChangedAddress, DecidedRefund, OrderBooks, Refund
from workflows.orders.views.models import ReservedLine
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.items import ItemRecord, ItemToSave


class SendEmail(Answer):
    """An e-mail to a customer. One is sent for a ``message_key``, ever."""

    message_key: str
    to: str = Field(description="an e-mail address, or a telephone number for an SMS")
    subject: str
    body: str


class ReserveStock(Answer):
    """Lines to reserve under an ID."""

    reservation_id: str
    lines: list[ReservedLine]


class NoteRefund(Answer):
    """A decided refund of an order."""

    order_id: str
    refund: DecidedRefund


class NoteAddress(Answer):
    """The changed address of an order."""

    order_id: str
    changed: ChangedAddress


class StockRefusal(StrEnum):
    """Why stock is refused: too few pieces, a SKU that there is not, or a reservation that ended in an earlier run."""

    SHORT = "short"
    UNKNOWN_SKU = "unknown_sku"
    ID_USED = "id_used"


class StockAnswer(Answer):
    """What is reserved, or why nothing is."""

    refusal: str | None = None
    cause: StockRefusal | None = None
    held: list[ReservedLine] = Field(default_factory=list)


class OpenOrder(Answer):
    """What a new order asks first."""

    request: OrderRequest
    item_id: str = Field(description="the order's workflow ID, under which the store may know an earlier start")
    chain: str = Field(description="first run ID of its workflow")
    lines: list[ReservedLine] = Field(description="what it wants to reserve")
    email: SendEmail | None = Field(
        default=None, description="asks the customer to pay; sent if all is in stock, and nothing was paid yet"
    )
    email_until: UtcDatetime | None = Field(default=None, description="what the e-mail says holds until then")


class OrderRef(Answer):
    """An order, and its workflow ID."""

    order_id: str
    item_id: str


class OrderPast(Answer):
    """What earlier runs of an order did: how it ended, or what was booked for it."""

    record: ItemRecord | None = None
    books: OrderBooks | None = Field(default=None, description="if it has not ended")


class Opening(OrderPast):
    """The shop's rules, and the answer of a first attempt to reserve stock; None if there was none.

    ``days_off`` are those of the country, if the order takes days and they are known. For an order that has ended
    before, or may not start, nothing is reserved.
    """

    why_not: str | None = Field(default=None, description="why the order may not start under its ID")
    rejected_before: int = Field(default=0, description="starts under its ID that were rejected: see `orders.starts`")

    policy: OrderPolicy
    search_attributes: bool = Field(description="whether the namespace knows the search attributes of its list row")
    stock: StockAnswer | None
    email_sent: bool = False
    days_off: DaysOff | None = None


class ReservationRef(Answer):
    """A reservation."""

    reservation_id: str


class ReleaseLines(Answer):
    """Pieces that a reservation releases, once for a ``release_key``."""

    release_key: str
    reservation_id: str
    lines: list[ReservedLine]


class RecordCapture(Answer):
    """Money that came for an order, and an e-mail for when it is in the ledger."""

    capture: Capture
    email: SendEmail | None = None


class CaptureAnswer(Answer):
    """The ledger's reference, or why it does not book the payment as this order's."""

    reference: str | None = None
    refusal: str | None = None
    email_sent: bool = False


class FindPayments(Answer):
    """An order whose payment window ends, and the payments that it knows."""

    order_id: str
    known: list[str]


class FoundPayments(Answer):
    """Payments in the ledger that the order does not know yet."""

    payment_ids: list[str]


class ManualRefund(Answer):
    """Money that a person has sent back by another way, under the key of the refund that it replaces."""

    refund: Refund
    reference: str


class RefundAnswer(Answer):
    """The refund's reference in the ledger."""

    reference: str


class CreateParcel(Answer):
    """A parcel to hand to the carrier."""

    parcel_id: str
    order_id: str
    address: Address
    payment_ids: list[str] = Field(description="what pays for it")
    reservations: list[str] = Field(description="the IDs of those that hold its pieces")


class ParcelAnswer(Answer):
    """Who carries the parcel."""

    carrier: str
    booked_out: list[str] = Field(default_factory=list, description="the reservations that were booked out with it")


class UpdateParcel(Answer):
    """A parcel's status, a value of ``ShipmentStatus``."""

    parcel_id: str
    status: str


class ParcelRef(Answer):
    """A parcel."""

    parcel_id: str


class StopShipment(Answer):
    """A shipment that the warehouse should stop, and its step at that moment."""

    parcel_id: str
    step: str


class StopAnswer(Answer):
    """Whether the warehouse has stopped; ``refusal`` says why not."""

    refusal: str | None = None


class SendEmails(Answer):
    """E-mails to one customer, in the order in which they were written.

    ``record`` is the order's outcome, which the store must know before the e-mails tell it, and ``parcels`` are the
    last moves of its parcels, which the carrier must know before that.
    """

    emails: list[SendEmail]
    record: ItemToSave | None = None
    parcels: list[UpdateParcel] = Field(default_factory=list)


class SentEmails(Answer):
    """What became of the order's outcome: nothing if there was none to save, or it is saved."""

    other: ItemRecord | None = Field(default=None, description="another outcome that stands; no e-mail was sent")
    unrecorded: bool = Field(default=False, description="the carrier did not answer: the outcome is not saved")
