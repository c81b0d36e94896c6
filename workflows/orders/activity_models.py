"""What the order's workflow hands to its activities, and what they answer."""

from pydantic import Field

from workflows.orders.models import Address, ReservedLine
from workflows.orders.policy import OrderFacts, WhenShort
from workflows.shared.fields import Answer


class ReserveStock(Answer):
    """Set the lines aside under the reservation's ID."""

    reservation_id: str
    lines: list[ReservedLine]


class StockAnswer(Answer):
    """Whether the stock is set aside; ``refusal`` says why not, in words for the customer.

    ``held`` is what is set aside where that need not be all.
    """

    refusal: str | None = None
    held: list[ReservedLine] = Field(default_factory=list)


class OpenOrder(Answer):
    """What a new order asks first of all; ``when_short`` is what it says itself about pieces that are not there."""

    stock: ReserveStock
    when_short: WhenShort | None


class Opening(OrderFacts):
    """The shop's rules, and the answer of a first try to set stock aside, or None where there was none."""

    stock: StockAnswer | None


class ReservationRef(Answer):
    """Names a reservation."""

    reservation_id: str


class ReleaseLines(Answer):
    """Pieces that a reservation gives up. It does once for a ``release_key``."""

    release_key: str
    reservation_id: str
    lines: list[ReservedLine]


class RecordCapture(Answer):
    """A capture to write into the ledger; ``amount`` in minor units."""

    payment_id: str
    order_id: str
    amount: int
    currency: str


class CaptureAnswer(Answer):
    """The ledger's reference, or why the payment is not this order's."""

    reference: str | None = None
    refusal: str | None = None


class SendRefund(Answer):
    """Money to send back; ``amount`` in minor units. One refund is sent for a ``refund_key``, ever."""

    refund_key: str
    payment_id: str
    order_id: str
    amount: int
    currency: str


class RecordManualRefund(SendRefund):
    """Money that a person has sent back by another way, under the key of the refund that this replaces."""

    reference: str


class RefundAnswer(Answer):
    """The refund's reference in the ledger."""

    reference: str


class CreateParcel(Answer):
    """A parcel to hand to the carrier."""

    parcel_id: str
    order_id: str
    address: Address


class ParcelAnswer(Answer):
    """Who carries the parcel."""

    carrier: str


class UpdateParcel(Answer):
    """Where a parcel is; ``status`` is a value of ``ShipmentStatus``."""

    parcel_id: str
    status: str


class ParcelRef(Answer):
    """Names a parcel."""

    parcel_id: str


class StopShipment(Answer):
    """A shipment that the warehouse should stop, and the step in which it was when that was asked."""

    parcel_id: str
    step: str


class StopAnswer(Answer):
    """Whether the warehouse has stopped; ``refusal`` says why not."""

    refusal: str | None = None


class SendEmail(Answer):
    """An e-mail to a customer. One is sent for a ``message_key``, ever."""

    message_key: str
    to: str
    subject: str
    body: str


class SendEmails(Answer):
    """E-mails to one customer, in the order in which they were written."""

    emails: list[SendEmail]
