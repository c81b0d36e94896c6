"""The story of one order, and what hypothesis draws of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from tests.orders.properties import events as happening
from tests.orders.properties.events import Event, Money
from workflows.orders.models import ShipmentStatus, ShortageDecision, StepDecision
from workflows.orders.policy import OrderPolicy

SCARCE, PLENTY, SOLD_OUT = "SKU-SCARCE", "SKU-PLENTY", "SKU-SOLD-OUT"
STOCK = {SCARCE: 6, PLENTY: 100_000, SOLD_OUT: 0}

ACTIVITIES = (
    "open_order",
    "reserve_stock",
    "reserve_available",
    "release_stock",
    "release_lines",
    "consume_stock",
    "restock",
    "record_capture",
    "send_refund",
    "record_manual_refund",
    "stop_shipment",
    "create_parcel",
    "update_parcel",
    "recall_parcel",
)
"""The steps that move money, stock or parcels."""

A_LONG_STEP = 3_600
SHORT_WINDOW, LONG_WINDOW = 1, 3_600
BACK_ORDERED = (1, 3)
"""Seconds."""


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
    when_asked: ShortageDecision = ShortageDecision.SHIP_AVAILABLE
    """What is decided about missing pieces at the end, where nobody has decided before."""


lines = st.lists(
    st.tuples(st.sampled_from([SCARCE, PLENTY, PLENTY]), st.integers(1, 3), st.integers(1, 5_000)),
    min_size=1,
    max_size=2,
    unique_by=lambda line: line[0],
).map(tuple)
some_lines = st.one_of(*[lines] * 9, st.just(((SOLD_OUT, 1, 100),)))

payments = st.builds(happening.Pay, st.integers(1, 3), st.sampled_from([Money.EXACT, Money.EXACT, Money.EXACT, *Money]))
handed_in = payments.map(lambda paid: happening.HandIn(paid.number, paid.money))
strays = st.one_of(
    st.builds(happening.PayShared, st.integers(1, 2), st.booleans()), st.builds(happening.PayNobody, st.integers(1, 2))
)
refunds = st.builds(happening.Refund, st.sampled_from([0, 0, 1, None]), st.integers(1, 2))
resolutions = st.builds(happening.Resolve, st.sampled_from(StepDecision))
reports = st.builds(happening.Report, st.sampled_from(ShipmentStatus), st.sampled_from([None, None, 1, 2]))
shortage_decisions = st.builds(happening.DecideShort, st.sampled_from(ShortageDecision))
cancellations = st.just(happening.Cancel())
looks = st.just(happening.Look())
single_order_acts = st.one_of(
    payments,
    handed_in,
    reports,
    st.builds(happening.Decide, st.integers(1, 3), st.booleans()),
    shortage_decisions,
    st.builds(happening.Extend, st.integers(1, 2)),
    refunds,
    resolutions,
    cancellations,
    st.just(happening.CancelWorkflow()),
    st.builds(happening.Nonsense, st.sampled_from(["confirm_payment", "cancel_order", "report_shipment"])),
)
acts = st.one_of(*[single_order_acts] * 6, strays)
terminations = st.just(happening.Terminate())
some_activities = st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=3, unique=True).map(tuple)
outages = st.builds(happening.Outage, some_activities, done=st.booleans())
circumstances = st.one_of(looks, st.just(happening.WindowEnds()), st.just(happening.Repair()), outages)
kills = st.one_of(
    st.just(happening.KillWorker()), st.builds(happening.KillDuring, st.sampled_from(ACTIVITIES), st.booleans())
)

policies = st.builds(
    OrderPolicy,
    seconds_per_step=st.just(0),
    payment_too_little=st.sampled_from(["park", "refund"]),
    payment_too_much=st.sampled_from(["accept", "park", "refund"]),
    payment_other_currency=st.sampled_from(["park", "refund"]),
    payment_second=st.sampled_from(["park", "refund"]),
    when_short=st.sampled_from(["reject", "reject", "ship_available", "back_order", "cancel_lines", "ask"]),
    back_order_seconds=st.sampled_from(BACK_ORDERED),
)


def batches(events: st.SearchStrategy[Event], *, most: int = 4) -> st.SearchStrategy[tuple[tuple[Event, ...], ...]]:
    """Draw what happens, some of it at the same time."""
    return st.lists(st.lists(events, min_size=1, max_size=4).map(tuple), max_size=most).map(tuple)


def stories(events: st.SearchStrategy[Event] = looks) -> st.SearchStrategy[Story]:
    """Draw an order and what happens to it."""
    return st.builds(
        Story,
        lines=some_lines,
        batches=batches(events),
        ending=st.sampled_from(Ending),
        window_seconds=st.sampled_from([SHORT_WINDOW, LONG_WINDOW]),
        long_steps=st.booleans(),
        policy=policies,
        hands_in_late=st.booleans(),
        accepts_parked=st.booleans(),
        when_asked=st.sampled_from(ShortageDecision),
    )


def days(story: st.SearchStrategy[Story], *, orders: int) -> st.SearchStrategy[list[Story]]:
    """Draw orders that live at the same time and share stock, workers and store.

    A day on which little happens is not drawn: hypothesis would begin with one on which nothing does.
    """
    return st.lists(story, min_size=orders, max_size=orders).filter(_is_eventful)


def _is_eventful(day: list[Story]) -> bool:
    return len({story.batches for story in day}) > len(day) / 2
