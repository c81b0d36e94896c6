"""What may happen to an order. Everything prints as it would be typed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel

from workflows.orders.models import (
    CancelOrder,
    DecidePayment,
    DecideShortage,
    ExtendPaymentWindow,
    OrderRequest,
    PaymentConfirmation,
    ShipmentReport,
    ShipmentStatus,
    ShortageDecision,
    StepDecision,
)
from workflows.orders.payments.refund_models import RefundLine, RefundLines

BY, WHY = "ana", "so it is"


class Money(StrEnum):
    """How much comes, compared with what the order costs."""

    EXACT = "exact"
    TOO_LITTLE = "too little"
    TOO_MUCH = "too much"
    OTHER_CURRENCY = "other currency"


@dataclass(frozen=True)
class Pay:
    """A gateway confirms a payment; the same number is the same payment ID."""

    number: int
    money: Money = Money.EXACT
    intake: bool = False
    """Whether it comes through the payment intake, and not by a signal."""
    shared: bool = False
    """Whether its ID is the same for all orders of the example."""

    def confirmation(self, request: OrderRequest) -> PaymentConfirmation:
        """Return what the gateway says."""
        amounts = {Money.TOO_LITTLE: max(request.total - 1, 1), Money.TOO_MUCH: request.total + 1}
        owner = request.order_id.rpartition("n")[0] if self.shared else request.order_id
        return PaymentConfirmation(
            payment_id=payment_id(owner, self.number),
            amount=amounts.get(self.money, request.total),
            currency="EUR" if self.money == Money.OTHER_CURRENCY else request.currency,
        )


@dataclass(frozen=True)
class PayUnknown:
    """A payment comes to the intake for an order that does not exist."""

    number: int


class Command:
    """Something that is sent to the order: ``name`` is the handler's."""

    name: ClassVar[str]

    def payload(self, request: OrderRequest) -> BaseModel:
        """Return what is sent."""
        raise NotImplementedError


class Signal(Command):
    """A command that is not answered."""


class Update(Command):
    """A command that the order may refuse."""


@dataclass(frozen=True)
class Decide(Update):
    """Somebody decides about a parked payment, by its number or its ID."""

    name = "decide_payment"
    payment: int | str
    accept: bool

    def payload(self, request: OrderRequest) -> DecidePayment:
        """Return the decision."""
        known = self.payment if isinstance(self.payment, str) else payment_id(request.order_id, self.payment)
        return DecidePayment(payment_id=known, decision="accept" if self.accept else "refund", by=BY, reason=WHY)


@dataclass(frozen=True)
class DecideShort(Update):
    """Somebody decides about pieces that are not in stock."""

    name = "decide_shortage"
    decision: ShortageDecision

    def payload(self, request: OrderRequest) -> DecideShortage:  # noqa: ARG002 - as all commands
        """Return the decision."""
        return DecideShortage(decision=self.decision, by=BY, reason=WHY)


@dataclass(frozen=True)
class Refund(Update):
    """Somebody refunds some pieces of a line, or all that is left."""

    name = "refund_lines"
    line: int | None
    quantity: int = 1

    def payload(self, request: OrderRequest) -> RefundLines:
        """Return which lines."""
        if self.line is None:
            return RefundLines(lines=None, by=BY, reason=WHY)
        sku = request.lines[self.line % len(request.lines)].sku
        return RefundLines(lines=[RefundLine(sku=sku, quantity=self.quantity)], by=BY, reason=WHY)


@dataclass(frozen=True)
class Extend(Update):
    """Somebody gives the customer some seconds more to pay."""

    name = "extend_payment_window"
    seconds: int

    def payload(self, request: OrderRequest) -> ExtendPaymentWindow:  # noqa: ARG002 - as all commands
        """Return for how long."""
        return ExtendPaymentWindow(seconds=self.seconds, by=BY, reason=WHY)


@dataclass(frozen=True)
class Cancel(Signal):
    """The customer cancels."""

    name = "cancel_order"

    def payload(self, request: OrderRequest) -> CancelOrder:  # noqa: ARG002 - as all commands
        """Return the request."""
        return CancelOrder(reason="changed my mind", requested_by="ada")


@dataclass(frozen=True)
class Report(Signal):
    """Warehouse or carrier report, about one parcel or about each that it can be true of."""

    name = "report_shipment"
    status: ShipmentStatus
    parcel: int | None = None

    def payload(self, request: OrderRequest) -> ShipmentReport:
        """Return the report."""
        parcel_id = f"{request.order_id}-P{self.parcel}" if self.parcel else None
        return ShipmentReport(status=self.status, parcel_id=parcel_id)


@dataclass(frozen=True)
class Nonsense:
    """A signal whose payload has other fields and types."""

    signal: str


NONSENSE = {"amount": "a lot", "status": 7}


@dataclass(frozen=True)
class Resolve:
    """Somebody decides about every step that is stuck; what is resolved has been done by hand."""

    decision: StepDecision


@dataclass(frozen=True)
class CancelWorkflow:
    """Somebody cancels the workflow itself, in Temporal."""


@dataclass(frozen=True)
class Terminate:
    """Somebody terminates the workflow in Temporal, which it never hears of."""


class Wait(StrEnum):
    """Nothing happens until the order looks so, for a while at most."""

    NOT = "it answers"
    WINDOW_OVER = "it waits for no payment"
    STOCKED = "all pieces are held"
    SENT = "it has left the warehouse"


@dataclass(frozen=True)
class Supply:
    """New pieces come in."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Outage:
    """Calls of these ports fail for the order until they are repaired, which is at its end or at :class:`Repair`.

    Where they are ``done`` all the same, only the answer gets lost.
    """

    ports: tuple[str, ...]
    done: bool = False


@dataclass(frozen=True)
class Repair:
    """All ports work again."""


Act = Pay | Signal | Update | Nonsense | Resolve | CancelWorkflow
Event = Act | PayUnknown | Terminate | Wait | Supply | Outage | Repair | PaymentConfirmation


def payment_id(order_id: str, number: int) -> str:
    """Return the ID of an order's payment."""
    return f"pay-{order_id}-{number}"
