"""What the queries of an order answer."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from workflows.orders.models import Address, OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.payments.refund_models import HeldRefund
from workflows.shared.actions import Action
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.forecast import IF_NOBODY_ACTS, NextEvent
from workflows.shared.refused_signals import RefusedSignal
from workflows.shared.timeline import TimelineEntry


class StuckStep(Answer):
    """A step whose latest round failed; it is retried until it works, or an operator decides otherwise."""

    step: str = Field(description="its ID, such as refund/pay_8812")
    name: str = Field(description="what it does, for people")
    since: UtcDatetime
    reason: str = Field(description="why it failed the latest time")


class OrderStatusAnswer(Answer):
    """Answer of ``get_status``."""

    order_id: str
    status: OrderStatus
    payment_status: PaymentStatus
    updated_at: UtcDatetime


class DeliveryEstimate(Answer):
    """Answer of ``get_delivery_estimate``; the dates are null when there is none, and ``basis`` says why."""

    order_id: str
    earliest: UtcDatetime | None
    latest: UtcDatetime | None
    basis: str


class LedgerEntry(Answer):
    """Money that moved: captured from the customer, or refunded; ``amount`` in minor units."""

    kind: Literal["capture", "refund"]
    payment_id: str
    amount: int
    currency: str
    at: UtcDatetime
    reference: str


class CaptureStatus(StrEnum):
    """Status of one payment at its order.

    ``PARKED``: somebody must decide. ``REJECTED_BY_LEDGER``: the ledger has it for another order or amount.
    """

    APPLIED = "APPLIED"
    PARKED = "PARKED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    REJECTED_BY_LEDGER = "REJECTED_BY_LEDGER"


class RefundPart(Answer):
    """A part of a payment that goes back; ``part`` is empty for a whole payment, ``amount`` in minor units."""

    part: str = ""
    amount: int
    sent: bool = False


class PaymentView(Answer):
    """One payment that came for an order; amounts in minor units."""

    payment_id: str
    amount: int
    currency: str
    status: CaptureStatus
    reason: str = Field(default="", description="why it does not simply pay the order")
    parts: list[RefundPart] = Field(default_factory=list, description="what went back, or must")
    refund_reference: str | None = None

    @property
    def left(self) -> int:
        """What neither went back nor must."""
        return self.amount - sum(part.amount for part in self.parts)


class ParkedPayment(Answer):
    """A payment that somebody must decide about."""

    payment_id: str
    amount: int
    currency: str
    reason: str
    at: UtcDatetime


class ReservationStatus(StrEnum):
    """Status of a reservation."""

    HELD = "HELD"
    RELEASED = "RELEASED"
    CONSUMED = "CONSUMED"


class ReservedLine(Answer):
    """Pieces of one SKU."""

    sku: str
    quantity: int


class PricedLine(ReservedLine):
    """Pieces of one line of the order, counted from 1, and what they cost after its discounts, in minor units."""

    line: int
    amount: int


class Shortage(Answer):
    """Fewer pieces of a SKU were in stock than ordered."""

    sku: str
    wanted: int
    available: int


class Reservation(Answer):
    """Stock that is reserved for an order."""

    reservation_id: str
    status: ReservationStatus
    lines: list[ReservedLine]


class Parcel(Answer):
    """A parcel; ``lines`` is what is in it."""

    parcel_id: str
    carrier: str
    status: ShipmentStatus
    updated_at: UtcDatetime
    lines: list[ReservedLine] = Field(default_factory=list)


class Refusal(RefusedSignal):
    """A refused signal, and why; ``payment_id`` is that of a payment which was read and refused."""

    payment_id: str | None = None


class SideView(Answer):
    """What workflows about an order's money that run beside it answer alike."""

    attention: str | None = None
    updated_at: UtcDatetime
    refusals: list[Refusal] = Field(default_factory=list, description="the latest signals that were refused")
    refusal_count: int = 0
    timeline: list[TimelineEntry] = Field(default_factory=list)
    stuck: list[StuckStep] = Field(default_factory=list, description="steps that an operator may decide about")
    next: list[NextEvent] = Field(default_factory=list, description=IF_NOBODY_ACTS)
    actions: list[Action] = Field(default_factory=list, description="as `get_actions` answers")


class SignalReceipt(Answer):
    """What the order did with a signal that has an ID; ``refused`` is the reason if it was refused.

    Where only the order knows what a signal did, ``effect`` says it.
    """

    signal_id: str
    signal: str
    at: UtcDatetime
    refused: str | None = None
    effect: str = ""


class Late(Answer):
    """Something about an order that came after its end, and is a workflow of its own."""

    came_at: UtcDatetime
    stage: str | None = Field(default=None, description="such as REFUNDED; null if it is not published")
    amount: int | None = Field(default=None, description="in minor units of `currency`")
    currency: str | None = None
    reason: str = Field(default="", description="why it went back, or waits; or what went back")


class LatePayment(Late):
    """A payment that came to the payment intake after its order had ended."""

    payment_id: str


class LateRefund(Late):
    """A refund or return after delivery."""

    refund_id: str


class OrderView(Answer):
    """Answer of ``get_order``: everything about an order."""

    request: OrderRequest
    status: OrderStatus
    payment_status: PaymentStatus
    shipping_address: Address | None = Field(default=None, description="where the parcels go that have not left")
    due_at: UtcDatetime | None = None
    stage_since: UtcDatetime
    updated_at: UtcDatetime
    attention: str | None = None
    reason: str | None = Field(default=None, description="why it was cancelled, rejected, or needs a human")
    ledger: list[LedgerEntry] = Field(default_factory=list)
    payments: list[PaymentView] = Field(default_factory=list)
    parked: list[ParkedPayment] = Field(default_factory=list)
    reservation: Reservation | None = Field(default=None, description="the first of `reservations`")
    reservations: list[Reservation] = Field(default_factory=list)
    parcels: list[Parcel] = Field(default_factory=list)
    refunded_lines: list[PricedLine] = Field(default_factory=list, description="by refund_lines")
    held_refunds: list[HeldRefund] = Field(default_factory=list, description="they wait for a second person")
    stuck: list[StuckStep] = Field(default_factory=list)
    amount_due: int = Field(description="what the order costs without its cancelled lines")
    outstanding: int = Field(default=0, description="what of it is still to pay")
    shortages: list[Shortage] = Field(default_factory=list, description="what was not in stock as ordered")
    back_ordered: list[ReservedLine] = Field(default_factory=list, description="pieces that are waited for")
    cancelled_lines: list[PricedLine] = Field(default_factory=list, description="pieces that will not be sent")
    return_offered: bool = Field(default=False, description="it was too late to cancel; a parcel may be sent back")
    cancel_pending: bool = Field(default=False, description="the warehouse is being asked whether it can still stop")
    refusals: list[Refusal] = Field(default_factory=list, description="the latest")
    refusal_count: int = Field(default=0, description="of all refusals, also of those that are not kept")
    receipts: list[SignalReceipt] = Field(default_factory=list, description="of the latest signals with a signal_id")
    timeline: list[TimelineEntry] = Field(default_factory=list)
    late_payments: list[LatePayment] = Field(
        default_factory=list,
        description="after the end; the client's `get_snapshot` adds them, the workflow does not know them",
    )
    late_refunds: list[LateRefund] = Field(
        default_factory=list, description="after delivery, as `late_payments`; `payment_status` follows them"
    )
    next: list[NextEvent] = Field(default_factory=list, description=IF_NOBODY_ACTS)
    actions: list[Action] = Field(default_factory=list)
