"""Scenarios about one subject, where anything drawn at random would hardly come to it."""

from hypothesis import strategies as st

from tests.orders.properties.events import Decide, Event, Money, Pay, Refund, Report, Resolve, Supply, Wait
from tests.orders.properties.scenarios import (
    MAY_BE_STUCK,
    PLENTY,
    SCARCE,
    Ending,
    Scenario,
    acts,
    batches,
    cancellations,
    circumstances,
    lines,
    looks,
    outages,
    payments,
    policies,
    refunds,
    reports,
    scenarios,
    shortage_decisions,
    strays,
    taken,
    terminations,
)
from workflows.orders.models import ShipmentStatus, ShortageDecision, StepDecision
from workflows.orders.policy import OrderPolicy

anything = scenarios(st.one_of(acts, acts, circumstances))
stray_money = scenarios(st.one_of(strays, strays, payments, taken, cancellations, looks))
terminated = scenarios(st.one_of(payments, taken, taken, cancellations, terminations, terminations))

_payments = st.builds(Pay, st.integers(1, 2), st.sampled_from([*Money, Money.TOO_MUCH]), st.booleans())
_decisions = st.builds(Decide, st.integers(1, 2), st.booleans())
wrong_amounts = st.builds(
    Scenario,
    lines=st.just(((PLENTY, 2, 350),)),
    batches=st.tuples(
        st.tuples(_payments),
        st.tuples(looks, st.one_of(_payments, _decisions)),
        st.tuples(st.one_of(_decisions, _decisions, _payments, refunds, cancellations, looks)),
    ),
    ending=st.sampled_from([Ending.DELIVER, Ending.DELIVER, Ending.CANCEL]),
    long_steps=st.booleans(),
    policy=policies,
    accepts_parked=st.booleans(),
)

_undoing = st.one_of(cancellations, cancellations, refunds, refunds, st.just(Report(ShipmentStatus.SHIPPED)))
_resolutions = st.builds(Resolve, st.sampled_from([StepDecision.SKIP, StepDecision.RESOLVE, *StepDecision]))
_meanwhile = st.one_of(_undoing, _resolutions, reports, looks)
stuck_steps = st.builds(
    Scenario,
    lines=lines,
    batches=st.tuples(
        st.just((Pay(1, Money.TOO_MUCH), Wait.NOT)),
        st.tuples(outages(MAY_BE_STUCK, least=4, most=len(MAY_BE_STUCK))),
        st.tuples(_undoing, looks),
        st.tuples(_resolutions),
        st.tuples(_meanwhile, _meanwhile),
        st.tuples(_resolutions),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.just(value=True),
    policy=policies,
)

_parts = st.one_of(refunds, refunds, reports, reports, cancellations, shortage_decisions, looks)
_troubles = st.builds(
    Report, st.sampled_from([ShipmentStatus.LOST, ShipmentStatus.RETURNED]), st.sampled_from([None, 1, 1])
)
two_parcels = st.builds(
    Scenario,
    lines=st.just(((SCARCE, 2, 700), (PLENTY, 2, 50))),
    batches=st.tuples(
        st.just((Wait.NOT,)),
        st.just((Pay(1), Wait.NOT)),
        st.just((Supply(SCARCE, 2), Wait.STOCKED)),
        st.tuples(st.one_of(refunds, looks, looks), st.just(Report(ShipmentStatus.SHIPPED))),
        st.just((Wait.SENT,)),
        st.tuples(st.just(Refund(1)), refunds),  # pieces that are always in the first parcel
        st.tuples(st.one_of(_troubles, _troubles, cancellations)),
        st.tuples(cancellations, st.one_of(refunds, reports)),
        st.tuples(_parts),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.just(value=True),
    policy=st.builds(OrderPolicy, when_short=st.just("ship_available"), back_order_seconds=st.just(5)),
)
_paid: tuple[tuple[Event, ...], ...] = ((Wait.NOT,), (Pay(1), Wait.NOT), (Wait.NOT,))
shortages = st.builds(
    Scenario,
    lines=st.just(((SCARCE, 3, 700), (PLENTY, 2, 50))),
    batches=batches(_parts).map(_paid.__add__),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=policies,
    when_asked=st.sampled_from(ShortageDecision),
)

SUBJECTS = (anything, stray_money, terminated, wrong_amounts, stuck_steps, two_parcels, shortages)
