"""Payloads sent to an order: its request, signals and updates. The answers are in ``views/models.py``."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from workflows.orders.carrier_words import SCHEMA, Waypoint, carrier_word
from workflows.orders.policy import WhenShort
from workflows.shared.codes import CITY_NOT_NEEDED, POSTAL_CODE_NEEDED
from workflows.shared.fields import (
    BLANK_IS_NONE,
    Country,
    Currency,
    EmailAddress,
    Generated,
    Identifier,
    Integer,
    LongIdentifier,
    LongText,
    MinorUnits,
    Name,
    Payload,
    Phone,
    Price,
    ShortText,
    wrong_field,
)
from workflows.shared.inputs import Input

DAY = 86_400
MAX_PIECES = 10_000
MAX_STEP_SECONDS = 30 * DAY
MAX_WINDOW_SECONDS = 90 * DAY
"""From now, however often the window is extended."""


class OrderStatus(StrEnum):
    """Status of an order."""

    CREATED = "CREATED"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PAID = "PAID"
    FULFILLING = "FULFILLING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    NEEDS_ACTION = "NEEDS_ACTION"


ENDED = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
"""Final statuses."""


class PaymentStatus(StrEnum):
    """Status of an order's money."""

    UNPAID = "UNPAID"
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"
    REFUND_PENDING = "REFUND_PENDING"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"


def channel_of(address: str) -> str:
    """Return what a message to an e-mail address or a telephone number is called."""
    return "e-mail" if "@" in address else "SMS"


class Customer(Payload):
    """The person who orders."""

    customer_id: Identifier = Field(title="Customer ID", examples=["CUST-ADA"])
    name: Name = Field(title="Name", examples=["Ada Lovelace"])
    email: Annotated[EmailAddress | None, BLANK_IS_NONE] = Field(
        default=None, title="E-mail", description="or a telephone number", examples=["ada@example.com"]
    )
    phone: Annotated[Phone | None, BLANK_IS_NONE] = Field(
        default=None, title="Phone", description="for messages, where there is no e-mail", examples=["+12025550101"]
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.email is None and self.phone is None:
            raise wrong_field(self, "email", "needed, or a phone: where do messages go?")
        return self

    @property
    def address(self) -> str:
        """Where messages go: the e-mail address, or without one the telephone number."""
        return self.email or self.phone or ""

    @property
    def channel(self) -> str:
        """What a message to that address is called."""
        return channel_of(self.address)


class LineKind(StrEnum):
    """What a line is: goods have stock and go into a parcel, a service has none, a discount takes off the price."""

    GOODS = "goods"
    SERVICE = "service"
    DISCOUNT = "discount"


class OrderLine(Payload):
    """Some pieces of one SKU, a service or a discount; ``unit_price`` is in minor units of the order's currency."""

    sku: Identifier = Field(title="SKU", examples=["SKU-CHAIR"])
    name: Name = Field(title="Name", examples=["Chair"])
    kind: LineKind = Field(
        default=LineKind.GOODS,
        title="Kind",
        description="goods are taken from stock; a service, such as shipping, is not; a discount has a price below 0",
    )
    quantity: Integer = Field(title="Quantity", ge=1, le=MAX_PIECES)
    unit_price: Price = Field(
        title="Unit price", description="in cents, or the currency's own minor unit; 0 if it is free"
    )

    @field_validator("unit_price")
    @classmethod
    def _has_the_sign_of_its_kind(cls, unit_price: int, info: ValidationInfo) -> int:
        kind = info.data.get("kind")
        if kind == LineKind.DISCOUNT and unit_price >= 0:
            raise ValueError(f"a discount has a price below 0, such as -500; it is {unit_price}")
        if kind in (LineKind.GOODS, LineKind.SERVICE) and unit_price < 0:
            raise ValueError(
                f"only a discount has a price below 0; use 0 or more, or the kind discount; it is {unit_price}"
            )
        return unit_price

    @property
    def total(self) -> int:
        """The line's price in minor units."""
        return self.quantity * self.unit_price


class Address(Payload):
    """The address of the parcels."""

    name: Name = Field(title="Recipient", examples=["Ada Lovelace"])
    line1: Name = Field(title="Street", examples=["12 Analytical Way"])
    line2: Annotated[Name | None, BLANK_IS_NONE] = Field(default=None, title="Second line")
    city: Annotated[Name | None, BLANK_IS_NONE] = Field(
        default=None, title="City", description="where the country has some", examples=["Springfield"]
    )
    postal_code: Annotated[ShortText | None, BLANK_IS_NONE] = Field(
        default=None, title="Postal code", description="where the country has some", examples=["49007"]
    )
    country: Country = Field(title="Country", description="two letters, ISO 3166", examples=["US"])

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.city is None and self.country not in CITY_NOT_NEEDED:
            raise wrong_field(self, "city", f"needed in {self.country}")
        if self.postal_code is None and self.country in POSTAL_CODE_NEEDED:
            raise wrong_field(self, "postal_code", f"needed in {self.country}")
        return self

    @property
    def place(self) -> str:
        """Postal code and city, as far as there are some."""
        return " ".join(part for part in (self.postal_code, self.city) if part)


class OrderRequest(Input):
    """What starts an order."""

    order_id: Identifier = Field(title="Order ID", examples=["ORD-20250131-143022"])
    customer: Customer = Field(title="Customer")
    currency: Currency = Field(title="Currency", description="ISO 4217", examples=["USD"])
    lines: list[OrderLine] = Field(title="Lines", min_length=1, max_length=100)
    shipping_address: Address = Field(title="Shipping address")
    payment_window_seconds: Integer = Field(
        default=DAY, title="Payment window", description="how long the customer may pay", ge=1, le=MAX_WINDOW_SECONDS
    )
    fulfilment_seconds_per_step: Integer | None = Field(
        default=None,
        title="Fulfilment step",
        description="how long the built-in warehouse and carrier take for each step; empty: the workers' setting",
        ge=0,
        le=MAX_STEP_SECONDS,
    )
    when_short: WhenShort | None = Field(
        default=None,
        title="When short of stock",
        description="what to do if fewer pieces are in stock than ordered; none: the workers' setting",
    )

    @field_validator("lines")
    @classmethod
    def _not_below_zero(cls, lines: list[OrderLine]) -> list[OrderLine]:
        total = sum(line.total for line in lines)
        if total < 0:
            raise ValueError(f"the order's total is {total} minor units, which is negative; discounts may make it 0")
        return lines

    @property
    def total(self) -> int:
        """The price in minor units."""
        return sum(line.total for line in self.lines)

    @property
    def goods(self) -> list[OrderLine]:
        """The lines that are taken from stock and shipped."""
        return [line for line in self.lines if line.kind == LineKind.GOODS]

    @property
    def pieces(self) -> int:
        """How many pieces of goods are ordered."""
        return sum(line.quantity for line in self.goods)


class Signal(Payload):
    """A signal to an order. One with a ``signal_id`` takes effect once, and the order records a receipt for it."""

    signal_id: Annotated[Identifier | None, BLANK_IS_NONE, Generated()] = Field(default=None, title="Signal ID")


class CapturedPayment(Payload):
    """Money that a payment gateway captured for an order."""

    payment_id: Identifier = Field(title="Payment ID", examples=["pay_8812"])
    amount: MinorUnits = Field(title="Amount", description="in minor units", gt=0)
    currency: Currency = Field(title="Currency")
    method: Annotated[ShortText | None, BLANK_IS_NONE] = Field(default=None, title="Method", examples=["card"])


class PaymentConfirmation(CapturedPayment, Signal):
    """Signal ``confirm_payment``."""


class DecidePayment(Input):
    """Update ``decide_payment``, about a parked payment."""

    payment_id: Identifier = Field(title="Payment ID", examples=["pay_8812"])
    decision: Literal["accept", "refund"] = Field(
        title="Decision", description="accept it as the order's payment, or refund all of it"
    )
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class ShortageDecision(StrEnum):
    """What becomes of pieces that are not in stock."""

    SHIP_AVAILABLE = "ship_available"
    BACK_ORDER = "back_order"
    CANCEL_LINES = "cancel_lines"


class DecideShortage(Input):
    """Update ``decide_shortage``, about missing pieces."""

    decision: ShortageDecision = Field(
        title="Decision",
        description="send what is in stock and the rest later, send all together later, or cancel what is missing",
    )
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class CancelOrder(Signal):
    """Signal ``cancel_order``."""

    reason: LongText = Field(title="Reason")
    requested_by: ShortText = Field(title="Requested by")


class ChangeAddress(Input):
    """Update ``change_address``: where the parcels go that have not left."""

    shipping_address: Address = Field(title="Shipping address")
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class ExtendPaymentWindow(Input):
    """Update ``extend_payment_window``: gives the customer more time to pay."""

    seconds: Integer = Field(
        title="More time", description="to add to the end of the window", ge=1, le=MAX_WINDOW_SECONDS
    )
    by: ShortText = Field(title="By")
    reason: LongText = Field(title="Reason")


class ShipmentStatus(StrEnum):
    """What a carrier reports about a parcel."""

    PICKED = "picked"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


class CarrierReport(Signal):
    """Signal ``report_shipment``, from a carrier. Without ``parcel_id`` it is about each parcel it can be true of."""

    parcel_id: Annotated[LongIdentifier | None, BLANK_IS_NONE] = Field(default=None, title="Parcel ID")
    status: Annotated[ShipmentStatus | Waypoint, carrier_word(ShipmentStatus), SCHEMA] = Field(title="Status")
    note: Annotated[ShortText | None, BLANK_IS_NONE] = Field(default=None, title="Note")


class ShipmentReport(CarrierReport):
    """A report that changes the status of a parcel."""

    status: ShipmentStatus = Field(title="Status")


class StepDecision(StrEnum):
    """What an operator may decide about a stuck step: try it now, go on without it, or go on as it was done by hand."""

    RETRY = "retry"
    SKIP = "skip"
    RESOLVE = "resolve"


class ResolveStep(Input):
    """Update ``resolve_step``, about a stuck step."""

    step: LongIdentifier = Field(title="Step", examples=["refund/pay_8812"])
    decision: StepDecision = Field(title="Decision")
    by: ShortText = Field(title="By")
    reason: Annotated[LongText | None, BLANK_IS_NONE] = Field(
        default=None, title="Reason", description="required to skip or resolve a step"
    )
    reference: Annotated[ShortText | None, BLANK_IS_NONE] = Field(
        default=None, title="Reference", description="of money sent by another way, or the carrier of a parcel"
    )
