"""What may happen to an order, and what hypothesis draws of it. Everything prints as it would be typed."""

from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from workflows.orders.models import ShipmentStatus
from workflows.orders.policy import OrderPolicy

SCARCE, PLENTY, SOLD_OUT = "SKU-SCARCE", "SKU-PLENTY", "SKU-SOLD-OUT"
STOCK = {SCARCE: 6, PLENTY: 100_000, SOLD_OUT: 0}

ACTIVITIES = ("reserve_stock", "release_stock", "consume_stock", "record_capture", "send_refund", "create_parcel")
"""The steps that move money, stock or parcels."""

A_LONG_STEP = 3_600
SHORT_WINDOW, LONG_WINDOW = 1, 3_600
"""Seconds."""


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
class Decide:
    """Somebody decides about a parked payment."""

    number: int
    accept: bool


@dataclass(frozen=True)
class Refund:
    """Somebody refunds some pieces of a line, or all that is left."""

    line: int | None
    quantity: int = 1


@dataclass(frozen=True)
class Resolve:
    """Somebody decides about every step that is stuck: it is tried again, or was done by hand where it moves money."""

    by_hand: bool


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
class Report:
    """Warehouse or carrier report."""

    status: ShipmentStatus


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
class KillWorker:
    """A worker process is killed at once."""


@dataclass(frozen=True)
class KillDuring:
    """The worker process that next takes this step for the order is killed: before it is done, or before it is told."""

    activity: str
    done: bool


@dataclass(frozen=True)
class Outage:
    """These steps fail for the order until they are repaired, which is at its end or at :class:`Repair`."""

    activities: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """All steps work again."""


Act = Pay | HandIn | Decide | Refund | Resolve | Extend | Cancel | CancelWorkflow | Report | Nonsense
Circumstance = Look | WindowEnds | KillWorker | KillDuring | Outage | Repair
Event = Act | Circumstance


class Ending(StrEnum):
    """What is done with an order that waits for somebody, once its story is told."""

    DELIVER = "pay and deliver"
    CANCEL = "cancel"
    LOSE = "pay, lose the parcel, cancel"
    RETURN = "pay, bring the parcel back, cancel"


@dataclass(frozen=True)
class Story:
    """One order, and what happens to it: the events of a batch come at the same time."""

    lines: tuple[tuple[str, int, int], ...]
    """SKU, quantity and unit price."""
    batches: tuple[tuple[Event, ...], ...] = ()
    ending: Ending = Ending.DELIVER
    window_seconds: int = LONG_WINDOW
    long_steps: bool = False
    policy: OrderPolicy = field(default_factory=OrderPolicy)
    hands_in_late: bool = False
    """Whether a payment is handed in by the front door when the order has ended."""
    accepts_parked: bool = True
    """What is decided about what is still parked at the end."""


lines = st.lists(
    st.tuples(st.sampled_from([SCARCE, PLENTY, PLENTY]), st.integers(1, 3), st.integers(1, 5_000)),
    min_size=1,
    max_size=2,
    unique_by=lambda line: line[0],
).map(tuple)
some_lines = st.one_of(lines, lines, lines, lines, lines, st.just(((SOLD_OUT, 1, 100),)))

payments = st.builds(Pay, st.integers(1, 3), st.sampled_from([Money.EXACT, Money.EXACT, Money.EXACT, *Money]))
signals = st.one_of(
    payments,
    payments.map(lambda paid: HandIn(paid.number, paid.money)),
    st.builds(Report, st.sampled_from(ShipmentStatus)),
    st.builds(Decide, st.integers(1, 3), st.booleans()),
    st.builds(Extend, st.integers(1, 2)),
    st.builds(Refund, st.sampled_from([0, 0, 1, None]), st.integers(1, 2)),
    st.builds(Resolve, st.booleans()),
    st.just(Cancel()),
    st.just(CancelWorkflow()),
    st.builds(Nonsense, st.sampled_from(["confirm_payment", "cancel_order", "report_shipment"])),
)
circumstances = st.one_of(
    st.just(Look()),
    st.just(WindowEnds()),
    st.just(Repair()),
    st.builds(Outage, st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=3, unique=True).map(tuple)),
)
kills = st.one_of(st.just(KillWorker()), st.builds(KillDuring, st.sampled_from(ACTIVITIES), st.booleans()))


policies = st.builds(
    OrderPolicy,
    seconds_per_step=st.just(0),
    payment_too_little=st.sampled_from(["park", "refund"]),
    payment_too_much=st.sampled_from(["accept", "park", "refund"]),
    payment_other_currency=st.sampled_from(["park", "refund"]),
    payment_second=st.sampled_from(["park", "refund"]),
    when_short=st.just("reject"),
)


def stories(events: st.SearchStrategy[Event]) -> st.SearchStrategy[Story]:
    """Draw an order and what happens to it."""
    batch = st.lists(events, min_size=1, max_size=4).map(tuple)
    return st.builds(
        Story,
        lines=some_lines,
        batches=st.lists(batch, max_size=4).map(tuple),
        ending=st.sampled_from(Ending),
        window_seconds=st.sampled_from([SHORT_WINDOW, LONG_WINDOW]),
        long_steps=st.booleans(),
        policy=policies,
        hands_in_late=st.booleans(),
        accepts_parked=st.booleans(),
    )


def days(events: st.SearchStrategy[Event], *, orders: int) -> st.SearchStrategy[list[Story]]:
    """Draw orders that live at the same time and share stock, workers and store."""
    return st.lists(stories(events), min_size=orders, max_size=orders)
