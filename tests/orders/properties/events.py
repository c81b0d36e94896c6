"""What may happen to an order. Everything prints as it would be typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workflows.orders.models import OrderRequest, PaymentConfirmation, ShipmentStatus, ShortageDecision, StepDecision
from workflows.shared.refused_signals import ACKNOWLEDGE


class Money(StrEnum):
    """How much comes, compared with what the order costs."""

    EXACT = "exact"
    TOO_LITTLE = "too little"
    TOO_MUCH = "too much"
    OTHER_CURRENCY = "other currency"
    HALF = "half"
    OTHER_HALF = "the other half"


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
        price = max(request.total, 1)  # a free order costs nothing, and nobody can pay that
        amounts = {Money.TOO_LITTLE: max(price - 1, 1), Money.TOO_MUCH: price + 1}
        amounts |= {Money.HALF: max(price // 2, 1), Money.OTHER_HALF: price - price // 2}
        owner = request.order_id.rpartition("n")[0] if self.shared else request.order_id
        return PaymentConfirmation(
            payment_id=f"pay-{owner}-{self.number}",
            amount=amounts.get(self.money, price),
            currency="EUR" if self.money == Money.OTHER_CURRENCY else request.currency,
        )


@dataclass(frozen=True)
class PayUnknown:
    """A payment comes to the intake for an order that does not exist."""

    number: int


@dataclass(frozen=True)
class Message:
    """Something that is sent to a handler of the order: ``ORDER`` is its ID, ``SKU0`` and ``LINE0`` are of a line."""

    name: str
    content: Mapping[str, Any]

    def payload(self, request: OrderRequest) -> dict[str, Any]:
        """Return what is sent."""
        words = json.dumps(self.content).replace("ORDER", request.order_id)
        for number in range(2):
            index = number % len(request.lines)
            words = words.replace(f"SKU{number}", request.lines[index].sku).replace(f'"LINE{number}"', str(index + 1))
        found: dict[str, Any] = json.loads(words)
        return found


class Signal(Message):
    """A message that is not answered."""


class Update(Message):
    """A message that the order may refuse."""


BY = {"by": "ana", "reason": "so it is"}
SEEN = Signal(ACKNOWLEDGE, {"by": "ana"})
CANCEL = Signal("cancel_order", {"reason": "changed my mind", "requested_by": "ada"})


def decide(payment: int | str, *, accept: bool) -> Update:
    """Return a decision about a parked payment, by its number or its ID."""
    payment_id = payment if isinstance(payment, str) else f"pay-ORDER-{payment}"
    return Update("decide_payment", {"payment_id": payment_id, "decision": "accept" if accept else "refund", **BY})


def decide_short(decision: ShortageDecision) -> Update:
    """Return a decision about pieces that are not in stock."""
    return Update("decide_shortage", {"decision": decision, **BY})


def refund(line: int | None, quantity: int = 1) -> Update:
    """Return the wish to refund some pieces of a line, or all that is left."""
    lines = None if line is None else [{"sku": f"SKU{line}", "line": f"LINE{line}", "quantity": quantity}]
    return Update("refund_lines", {"lines": lines, **BY})


def change_address(line1: str) -> Update:
    """Return the wish to send it elsewhere."""
    address = {"name": "Ada", "line1": line1, "city": "Leipzig", "postal_code": "04109", "country": "DE"}
    return Update("change_address", {"shipping_address": address, **BY})


def refund_amount(amount: int) -> Update:
    """Return the wish to refund an amount."""
    return Update("refund_amount", {"amount": amount, "currency": "USD", **BY})


def extend(seconds: int) -> Update:
    """Return what gives the customer more time to pay."""
    return Update("extend_payment_window", {"seconds": seconds, **BY})


def report(status: ShipmentStatus, parcel: int | None = None) -> Signal:
    """Return a report about one parcel, or about each that it can be true of."""
    return Signal("report_shipment", {"status": status, "parcel_id": f"ORDER-P{parcel}" if parcel else None})


def nonsense(signal: str) -> Signal:
    """Return a signal whose payload has other fields and types."""
    return Signal(signal, {"amount": "a lot", "status": 7})


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


Act = Pay | Signal | Update | Resolve | CancelWorkflow
Event = Act | PayUnknown | Terminate | Wait | Supply | Outage | Repair | PaymentConfirmation
