"""Scenarios about one subject, where anything drawn at random would hardly come to it."""

from hypothesis import strategies as st

from tests.orders.properties import scenarios as some
from tests.orders.properties.events import Event, Money, Pay, Resolve, Supply, Wait, refund, report
from tests.orders.properties.scenarios import MAY_BE_STUCK, PLENTY, SCARCE, Ending, Scenario
from workflows.orders.models import ShipmentStatus, ShortageDecision, StepDecision
from workflows.orders.policy import OrderPolicy

anything = some.scenarios(st.one_of(some.acts, some.acts, some.circumstances))
stray_money = some.scenarios(
    st.one_of(some.strays, some.strays, some.payments, some.payments, some.cancellations, some.looks)
)
terminated = some.scenarios(
    st.one_of(some.payments, some.payments, some.payments, some.cancellations, some.terminations, some.terminations)
)

_payments = st.builds(Pay, st.integers(1, 2), st.sampled_from([*Money, Money.TOO_MUCH]), st.booleans())
wrong_amounts = st.builds(
    Scenario,
    lines=st.just(((PLENTY, 2, 350),)),
    batches=st.tuples(
        st.tuples(_payments),
        st.tuples(some.looks, st.one_of(_payments, some.decisions)),
        st.tuples(st.one_of(some.decisions, some.decisions, _payments, some.refunds, some.cancellations, some.looks)),
    ),
    ending=st.sampled_from([Ending.DELIVER, Ending.DELIVER, Ending.CANCEL]),
    long_steps=st.booleans(),
    policy=some.policies,
    accepts_parked=st.booleans(),
)

_undoing = st.one_of(
    some.cancellations, some.cancellations, some.refunds, some.refunds, st.just(report(ShipmentStatus.SHIPPED))
)
_resolutions = st.builds(Resolve, st.sampled_from([StepDecision.SKIP, StepDecision.RESOLVE, *StepDecision]))
_meanwhile = st.one_of(_undoing, _resolutions, some.reports, some.looks)
stuck_steps = st.builds(
    Scenario,
    lines=some.lines(),
    batches=st.tuples(
        st.just((Pay(1, Money.TOO_MUCH), Wait.NOT)),
        st.tuples(some.outages(MAY_BE_STUCK, least=4, most=len(MAY_BE_STUCK))),
        st.tuples(_undoing, some.looks),
        st.tuples(_resolutions),
        st.tuples(_meanwhile, _meanwhile),
        st.tuples(_resolutions),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.just(value=True),
    policy=some.policies,
)

_parts = st.one_of(
    some.refunds, some.refunds, some.reports, some.reports, some.cancellations, some.shortage_decisions, some.looks
)
_troubles = st.builds(
    report, st.sampled_from([ShipmentStatus.LOST, ShipmentStatus.RETURNED]), st.sampled_from([None, 1, 1])
)
two_parcels = st.builds(
    Scenario,
    lines=st.just(((SCARCE, 2, 700), (PLENTY, 2, 50))),
    batches=st.tuples(
        st.just((Wait.NOT,)),
        st.just((Pay(1), Wait.NOT)),
        st.just((Supply(SCARCE, 2), Wait.STOCKED)),
        st.tuples(st.one_of(some.refunds, some.looks, some.looks), st.just(report(ShipmentStatus.SHIPPED))),
        st.just((Wait.SENT,)),
        st.tuples(st.just(refund(1)), some.refunds),  # pieces that are always in the first parcel
        st.tuples(st.one_of(_troubles, _troubles, some.cancellations)),
        st.tuples(some.cancellations, st.one_of(some.refunds, some.reports)),
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
    batches=some.batches(_parts).map(_paid.__add__),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=some.policies,
    when_asked=st.sampled_from(ShortageDecision),
)

SUBJECTS = (anything, stray_money, terminated, wrong_amounts, stuck_steps, two_parcels, shortages)
