"""The scenario of one order, what hypothesis draws of it, and how it comes to its end."""

from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from tests.orders.properties.events import (
    Act,
    Cancel,
    CancelWorkflow,
    Decide,
    DecideShort,
    Event,
    Extend,
    Money,
    Nonsense,
    Outage,
    Pay,
    PayUnknown,
    Refund,
    Repair,
    Report,
    Resolve,
    Terminate,
    Wait,
)
from tests.support.orders import order
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

A_LONG_STEP = 3_600
SHORT_WINDOW, LONG_WINDOW = 1, 3_600
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

    lines: tuple[tuple[str, int, int], ...]
    """SKU, quantity and unit price."""
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
            lines=[
                {"sku": sku, "name": sku, "quantity": quantity, "unit_price": price}
                for sku, quantity, price in self.lines
            ],
            payment_window_seconds=self.window_seconds,
            fulfilment_seconds_per_step=A_LONG_STEP if self.long_steps else 0,
        )

    def next_events(self, view: OrderView) -> list[Act | PaymentConfirmation]:
        """Return what somebody must do so that the order comes to the scenario's end."""
        decisions = [Decide(parked.payment_id, self.accepts_parked) for parked in view.parked]
        return [*decisions, *self._next_events(view)]

    def _next_events(self, view: OrderView) -> list[Act | PaymentConfirmation]:
        if any(action.name == "decide_shortage" and action.enabled for action in view.actions):
            return [DecideShort(self.when_asked)]
        match view.status:
            case OrderStatus.SHIPPED:
                return [Report(ARRIVES.get(self.ending, ShipmentStatus.DELIVERED))]
            case _ if self.ending == Ending.CANCEL or view.status == OrderStatus.NEEDS_ACTION:
                packed = any(refusal.signal == "cancel_order" for refusal in view.refusals)
                return [Cancel(), Report(ShipmentStatus.SHIPPED)] if packed else [Cancel()]
            case OrderStatus.AWAITING_PAYMENT:
                amount = view.amount_due or view.request.total  # another payment comes where that changes before it
                last = f"pay-{view.request.order_id}-last-{amount}"
                return [PaymentConfirmation(payment_id=last, amount=amount, currency=view.request.currency)]
            case OrderStatus.FULFILLING:
                return [Report(ShipmentStatus.SHIPPED)]
        return []


lines = st.lists(
    st.tuples(st.sampled_from([SCARCE, PLENTY, PLENTY]), st.integers(1, 3), st.integers(1, 5_000)),
    min_size=1,
    max_size=2,
    unique_by=lambda line: line[0],
).map(tuple)
some_lines = st.one_of(*[lines] * 9, st.just(((SOLD_OUT, 1, 100),)))

payments = st.builds(Pay, st.integers(1, 3), st.sampled_from([Money.EXACT] * 3 + [*Money]))
taken = st.builds(Pay, st.integers(1, 3), st.sampled_from([Money.EXACT] * 3 + [*Money]), st.just(value=True))
strays = st.one_of(
    st.builds(Pay, st.integers(1, 2), intake=st.booleans(), shared=st.just(value=True)),
    st.builds(PayUnknown, st.integers(1, 2)),
)
refunds = st.builds(Refund, st.sampled_from([0, 0, 1, None]), st.integers(1, 2))
resolutions = st.builds(Resolve, st.sampled_from(StepDecision))
reports = st.builds(Report, st.sampled_from(ShipmentStatus), st.sampled_from([None, None, 1, 2]))
shortage_decisions = st.builds(DecideShort, st.sampled_from(ShortageDecision))
cancellations = st.just(Cancel())
looks = st.just(Wait.NOT)
single_order_acts = st.one_of(
    payments,
    taken,
    reports,
    st.builds(Decide, st.integers(1, 3), st.booleans()),
    shortage_decisions,
    st.builds(Extend, st.integers(1, 2)),
    refunds,
    resolutions,
    cancellations,
    st.just(CancelWorkflow()),
    st.builds(Nonsense, st.sampled_from(["confirm_payment", "cancel_order", "report_shipment"])),
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
)


def batches(events: st.SearchStrategy[Event]) -> st.SearchStrategy[tuple[tuple[Event, ...], ...]]:
    """Draw what happens, some of it at the same time."""
    return st.lists(st.lists(events, min_size=1, max_size=4).map(tuple), max_size=4).map(tuple)


def scenarios(events: st.SearchStrategy[Event] = looks) -> st.SearchStrategy[Scenario]:
    """Draw an order and what happens to it."""
    return st.builds(
        Scenario,
        lines=some_lines,
        batches=batches(events),
        ending=st.sampled_from(Ending),
        window_seconds=st.sampled_from([SHORT_WINDOW, LONG_WINDOW]),
        long_steps=st.booleans(),
        policy=policies,
        pays_late=st.booleans(),
        accepts_parked=st.booleans(),
        when_asked=st.sampled_from(ShortageDecision),
    )
