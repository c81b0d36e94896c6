"""The scenario of one order, what hypothesis draws of it, and how it comes to its end."""

from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from tests.orders.properties import events
from tests.orders.properties.events import (
    CANCEL,
    Act,
    CancelWorkflow,
    Event,
    Money,
    Outage,
    Pay,
    PayUnknown,
    Repair,
    Resolve,
    Terminate,
    Wait,
)
from tests.support.orders import HOUR, line, order
from workflows.orders.models import (
    OrderRequest,
    OrderStatus,
    PaymentConfirmation,
    ShipmentStatus,
    ShortageDecision,
    StepDecision,
)
from workflows.orders.policy import OrderPolicy
from workflows.orders.views.models import OrderView

SCARCE, PLENTY, SOLD_OUT = "SKU-SCARCE", "SKU-PLENTY", "SKU-SOLD-OUT"
STOCK = {SCARCE: 6, PLENTY: 100_000, SOLD_OUT: 0}

PORTS = (
    *("reserve", "release", "release_lines", "consume", "restock", "record_capture", "refund"),
    *("record_manual_refund", "stop", "create_parcel", "update_parcel", "recall_parcel"),
)
"""The calls that move money, stock or parcels."""
MAY_BE_STUCK = ("release", "release_lines", "restock", "consume", "refund", *PORTS[-3:])

Line = tuple[str, int, int] | tuple[str, int, int, str]
"""SKU, quantity, unit price, and the kind if it is not goods."""

SHORT_WINDOW, LONG_WINDOW = 1, HOUR
"""Seconds."""


class Ending(StrEnum):
    """What is done with an order that waits for somebody, once all events have happened."""

    DELIVER = "pay and deliver"
    CANCEL = "cancel"
    LOSE = "pay, lose the parcel, cancel"
    RETURN = "pay, bring the parcel back, cancel"


ARRIVES = {Ending.LOSE: ShipmentStatus.LOST, Ending.RETURN: ShipmentStatus.RETURNED}


@dataclass(frozen=True)
class Scenario:
    """One order, and what happens to it: the events of a batch come at the same time."""

    lines: tuple[Line, ...]
    batches: tuple[tuple[Event, ...], ...] = ()
    ending: Ending = Ending.DELIVER
    window_seconds: int = LONG_WINDOW
    long_steps: bool = False
    policy: OrderPolicy = field(default_factory=OrderPolicy)
    pays_late: bool = False
    """Whether a payment comes to the intake when the order has ended."""
    accepts_parked: bool = True
    """What is decided about what is still parked at the end."""
    when_asked: ShortageDecision = ShortageDecision.SHIP_AVAILABLE
    """What is decided about missing pieces at the end, where nobody has decided before."""

    def request(self, order_id: str) -> OrderRequest:
        """Return what starts the order."""
        return order(
            order_id=order_id,
            lines=[line(*each) for each in self.lines],
            payment_window_seconds=self.window_seconds,
            fulfilment_seconds_per_step=HOUR if self.long_steps else 0,
        )

    def next_events(self, view: OrderView) -> list[Act | PaymentConfirmation]:
        """Return what somebody must do so that the order comes to the scenario's end."""
        decisions = [events.decide(parked.payment_id, accept=self.accepts_parked) for parked in view.parked]
        return [*decisions, *self._next_events(view)]

    def _next_events(self, view: OrderView) -> list[Act | PaymentConfirmation]:
        if any(action.name == "decide_shortage" and action.enabled for action in view.actions):
            return [events.decide_short(self.when_asked)]
        match view.status:
            case OrderStatus.SHIPPED:
                return [events.report(ARRIVES.get(self.ending, ShipmentStatus.DELIVERED))]
            case _ if self.ending == Ending.CANCEL or view.status == OrderStatus.NEEDS_ACTION:
                packed = any(refusal.signal == "cancel_order" and not refusal.invalid for refusal in view.refusals)
                return [CANCEL, events.report(ShipmentStatus.SHIPPED)] if packed else [CANCEL]
            case OrderStatus.AWAITING_PAYMENT:
                amount = view.amount_due or view.request.total  # another payment comes where that changes before it
                last = f"pay-{view.request.order_id}-last-{amount}"
                return [PaymentConfirmation(payment_id=last, amount=amount, currency=view.request.currency)]
            case OrderStatus.FULFILLING:
                return [events.report(ShipmentStatus.SHIPPED)]
        return []


prices = st.one_of(st.integers(1, 5_000), st.just(0))
goods = st.tuples(st.sampled_from([SCARCE, PLENTY, PLENTY]), st.integers(1, 3), prices)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    """Draw lines, some of one SKU, with services and a discount of a part or all of the price."""
    sold: list[Line] = [*draw(st.lists(goods, min_size=1, max_size=2))]
    if (service := draw(st.sampled_from(["", "", "", "too", "only"]))) == "only":
        sold = []
    if service:
        sold.append(("SHIPPING", draw(st.integers(1, 2)), draw(prices), "service"))
    total = sum(line[1] * line[2] for line in sold)
    off = draw(st.sampled_from([0, 0, total // 3, max(total - 1, 0), total]))
    return (*sold, *([("OFF", 1, -off, "discount")] if off else []))


some_lines = st.one_of(*[lines()] * 9, st.just(((SOLD_OUT, 1, 100),)))

payments = st.builds(Pay, st.integers(1, 3), st.sampled_from([Money.EXACT] * 3 + [*Money]), st.booleans())
strays = st.one_of(
    st.builds(Pay, st.integers(1, 2), intake=st.booleans(), shared=st.just(value=True)),
    st.builds(PayUnknown, st.integers(1, 2)),
)
refunds = st.one_of(
    st.builds(events.refund, st.sampled_from([0, 0, 1, None]), st.integers(1, 2)),
    st.builds(events.refund_amount, st.one_of(st.integers(1, 20), st.integers(1, 5_000))),
)
resolutions = st.builds(Resolve, st.sampled_from(StepDecision))
reports = st.builds(events.report, st.sampled_from(ShipmentStatus), st.sampled_from([None, None, 1, 2]))
decisions = st.builds(events.decide, st.integers(1, 3), accept=st.booleans())
shortage_decisions = st.builds(events.decide_short, st.sampled_from(ShortageDecision))
cancellations = st.just(CANCEL)
looks = st.just(Wait.NOT)
single_order_acts = st.one_of(
    payments,
    payments,
    reports,
    decisions,
    shortage_decisions,
    st.builds(events.extend, st.integers(1, 2)),
    refunds,
    st.builds(events.change_address, st.sampled_from(["1 New Road", "2 New Road"])),
    resolutions,
    cancellations,
    st.just(CancelWorkflow()),
    st.builds(events.nonsense, st.sampled_from(["confirm_payment", "cancel_order", "report_shipment", "no_such"])),
)
acts = st.one_of(*[single_order_acts] * 6, strays)
terminations = st.just(Terminate())


def outages(ports: tuple[str, ...], *, least: int, most: int) -> st.SearchStrategy[Outage]:
    """Draw some ports that do not answer."""
    some = st.lists(st.sampled_from(ports), min_size=least, max_size=most, unique=True).map(tuple)
    return st.builds(Outage, some, done=st.booleans())


circumstances = st.one_of(looks, st.just(Wait.WINDOW_OVER), st.just(Repair()), outages(PORTS, least=1, most=3))
policies = st.builds(
    OrderPolicy,
    seconds_per_step=st.just(0),
    payment_too_little=st.sampled_from(["park", "refund"]),
    payment_too_much=st.sampled_from(["accept", "park", "refund"]),
    payment_other_currency=st.sampled_from(["park", "refund"]),
    payment_second=st.sampled_from(["park", "refund"]),
    when_short=st.sampled_from(["reject", "reject", "ship_available", "back_order", "cancel_lines", "ask"]),
    back_order_seconds=st.sampled_from([1, 3]),
    payment_waits_seconds=st.sampled_from([0, 1]),
)


def batches(drawn: st.SearchStrategy[Event]) -> st.SearchStrategy[tuple[tuple[Event, ...], ...]]:
    """Draw what happens, some of it at the same time."""
    return st.lists(st.lists(drawn, min_size=1, max_size=4).map(tuple), max_size=4).map(tuple)


def scenarios(drawn: st.SearchStrategy[Event] = looks) -> st.SearchStrategy[Scenario]:
    """Draw an order and what happens to it."""
    return st.builds(
        Scenario,
        lines=some_lines,
        batches=batches(drawn),
        ending=st.sampled_from(Ending),
        window_seconds=st.sampled_from([SHORT_WINDOW, LONG_WINDOW]),
        long_steps=st.booleans(),
        policy=policies,
        pays_late=st.booleans(),
        accepts_parked=st.booleans(),
        when_asked=st.sampled_from(ShortageDecision),
    )
