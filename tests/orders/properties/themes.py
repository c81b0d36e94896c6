"""Days that tell more of one subject than anything drawn at random would."""

from hypothesis import strategies as st

from tests.orders.properties.events import (
    Decide,
    Event,
    ForwardedPayment,
    HandIn,
    Look,
    Money,
    Outage,
    Pay,
    Refund,
    Report,
    Resolve,
    Stocked,
    Supply,
)
from tests.orders.properties.stories import (
    PLENTY,
    SCARCE,
    Ending,
    Story,
    acts,
    batches,
    cancellations,
    circumstances,
    handed_in,
    kills,
    lines,
    looks,
    payments,
    policies,
    refunds,
    reports,
    shortage_decisions,
    stories,
    strays,
    terminations,
)
from workflows.orders.models import ShipmentStatus, ShortageDecision, StepDecision
from workflows.orders.policy import OrderPolicy

anything = stories(st.one_of(acts, acts, circumstances))
killed = stories(st.one_of(acts, acts, circumstances, kills, kills))
stray_money = stories(st.one_of(strays, strays, payments, handed_in, cancellations, looks))
terminated = stories(st.one_of(payments, handed_in, handed_in, cancellations, terminations, terminations))

_payments = st.builds(Pay, st.integers(1, 2), st.sampled_from([*Money, Money.TOO_MUCH]))
_handed_in = _payments.map(lambda paid: HandIn(paid.number, paid.money))
_decisions = st.builds(Decide, st.integers(1, 2), st.booleans())
wrong_amounts = st.builds(
    Story,
    lines=st.just(((PLENTY, 2, 350),)),
    batches=st.tuples(
        st.tuples(_payments),
        st.tuples(looks, st.one_of(_payments, _handed_in, _decisions)),
        st.tuples(st.one_of(_decisions, _decisions, _payments, refunds, cancellations, looks)),
    ),
    ending=st.sampled_from([Ending.DELIVER, Ending.DELIVER, Ending.CANCEL]),
    long_steps=st.booleans(),
    policy=policies,
    accepts_parked=st.booleans(),
)

_may_be_stuck = (
    "release_stock",
    "release_lines",
    "restock",
    "consume_stock",
    "send_refund",
    "create_parcel",
    "update_parcel",
    "recall_parcel",
)
_outages = st.builds(
    Outage, st.lists(st.sampled_from(_may_be_stuck), min_size=4, unique=True).map(tuple), done=st.booleans()
)
_undoing = st.one_of(cancellations, cancellations, refunds, refunds, st.just(Report(ShipmentStatus.SHIPPED)))
_resolutions = st.builds(Resolve, st.sampled_from([StepDecision.SKIP, StepDecision.RESOLVE, *StepDecision]))
_meanwhile = st.one_of(_undoing, _resolutions, reports, looks)
stuck_steps = st.builds(
    Story,
    lines=lines,
    batches=st.tuples(
        st.just((Pay(1, Money.TOO_MUCH), Look())),
        st.tuples(_outages),
        st.tuples(_undoing, looks),
        st.tuples(_resolutions),
        st.tuples(_meanwhile, _meanwhile),
        st.tuples(_resolutions),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.sampled_from([True]),
    policy=policies,
)

_parts = st.one_of(refunds, refunds, reports, reports, cancellations, shortage_decisions, looks)
_troubles = st.builds(
    Report, st.sampled_from([ShipmentStatus.LOST, ShipmentStatus.RETURNED]), st.sampled_from([None, 1, 1])
)
two_parcels = st.builds(
    Story,
    lines=st.just(((SCARCE, 2, 700), (PLENTY, 2, 50))),
    batches=st.tuples(
        st.just((Look(),)),
        st.just((Pay(1), Look())),
        st.just((Supply(SCARCE, 2), Stocked())),
        st.tuples(st.one_of(refunds, looks, looks), st.just(Report(ShipmentStatus.SHIPPED))),
        st.just((ForwardedPayment(),)),
        st.tuples(st.just(Refund(1)), refunds),  # pieces that are always in the first parcel
        st.tuples(st.one_of(_troubles, _troubles, cancellations)),
        st.tuples(cancellations, st.one_of(refunds, reports)),
        st.tuples(_parts),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.sampled_from([True]),
    policy=st.builds(OrderPolicy, when_short=st.just("ship_available"), back_order_seconds=st.just(5)),
)
_paid: tuple[tuple[Event, ...], ...] = ((Look(),), (Pay(1), Look()), (Look(),))
shortages = st.builds(
    Story,
    lines=st.just(((SCARCE, 3, 700), (PLENTY, 2, 50))),
    batches=batches(_parts).map(_paid.__add__),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=policies,
    when_asked=st.sampled_from(ShortageDecision),
)

THEMES = (anything, killed, stray_money, terminated, wrong_amounts, stuck_steps, two_parcels, shortages)
