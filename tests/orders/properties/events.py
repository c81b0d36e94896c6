"""What may happen to an order. Everything prints as it would be typed."""

from dataclasses import dataclass
from enum import StrEnum

from workflows.orders.models import ShipmentStatus, ShortageDecision, StepDecision


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


@dataclass(frozen=True)
class HandIn:
    """The same by the front door: a payment workflow is started, or found."""

    number: int
    money: Money = Money.EXACT


@dataclass(frozen=True)
class PayShared:
    """A payment whose ID comes for every order of the day that says so; the same number is the same payment ID."""

    number: int
    front_door: bool


@dataclass(frozen=True)
class PayNobody:
    """A payment is handed in by the front door for an order that does not exist."""

    number: int


@dataclass(frozen=True)
class Decide:
    """Somebody decides about a parked payment."""

    number: int
    accept: bool


@dataclass(frozen=True)
class DecideShort:
    """Somebody decides about pieces that are not in stock."""

    decision: ShortageDecision


@dataclass(frozen=True)
class Refund:
    """Somebody refunds some pieces of a line, or all that is left."""

    line: int | None
    quantity: int = 1


@dataclass(frozen=True)
class Resolve:
    """Somebody decides about every step that is stuck; what is resolved has been done by hand."""

    decision: StepDecision


@dataclass(frozen=True)
class Extend:
    """Somebody gives the customer some seconds more to pay."""

    seconds: int


@dataclass(frozen=True)
class Cancel:
    """The customer cancels."""


@dataclass(frozen=True)
class CancelWorkflow:
    """Somebody cancels the workflow itself, in Temporal."""


@dataclass(frozen=True)
class Terminate:
    """Somebody terminates the workflow in Temporal, which it never hears of."""


@dataclass(frozen=True)
class Report:
    """Warehouse or carrier report, about one parcel or about each that it can be true of."""

    status: ShipmentStatus
    parcel: int | None = None


@dataclass(frozen=True)
class Nonsense:
    """A signal whose payload has other fields and types."""

    signal: str


@dataclass(frozen=True)
class Look:
    """Somebody asks, which also gives the order time to get on."""


@dataclass(frozen=True)
class WindowEnds:
    """Nothing happens until the order no longer waits for a payment, where its window is short."""


@dataclass(frozen=True)
class Supply:
    """New pieces come in."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Stocked:
    """Nothing happens until all pieces are set aside, for a while at most."""


@dataclass(frozen=True)
class ForwardedPayment:
    """Nothing happens until the parcels have left the house and the order knows it, for a while at most."""


@dataclass(frozen=True)
class KillWorker:
    """A worker process is killed at once."""


@dataclass(frozen=True)
class KillDuring:
    """The worker process that next takes this step for the order is killed: before it is done, or before it is told."""

    activity: str
    done: bool


@dataclass(frozen=True)
class Outage:
    """These steps fail for the order until they are repaired, which is at its end or at :class:`Repair`.

    Where they are ``done`` all the same, only the answer gets lost.
    """

    activities: tuple[str, ...]
    done: bool = False


@dataclass(frozen=True)
class Repair:
    """All steps work again."""


Payment = Pay | HandIn | PayShared | PayNobody
Decision = Decide | DecideShort | Refund | Resolve | Extend
Act = Payment | Decision | Cancel | CancelWorkflow | Terminate | Report | Nonsense
Wait = Look | WindowEnds | Stocked | ForwardedPayment
Circumstance = Wait | Supply | KillWorker | KillDuring | Outage | Repair
Event = Act | Circumstance
