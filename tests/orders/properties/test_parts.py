"""Orders that come in parts: some pieces are missing, some parcels get lost or come back, some lines are refunded."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Event, ForwardedPayment, Look, Pay, Refund, Report, Stocked, Supply
from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import (
    PLENTY,
    SCARCE,
    Ending,
    Story,
    batches,
    cancellations,
    days,
    looks,
    policies,
    refunds,
    reports,
    shortage_decisions,
)
from tests.orders.properties.test_stories import seeds
from workflows.orders.models import ShipmentStatus, ShortageDecision
from workflows.orders.policy import OrderPolicy

parts = st.one_of(refunds, refunds, reports, reports, cancellations, shortage_decisions, looks)
PAID: tuple[tuple[Event, ...], ...] = ((Look(),), (Pay(1), Look()), (Look(),))


gone_wrong = st.sampled_from([ShipmentStatus.LOST, ShipmentStatus.RETURNED])
troubles = st.builds(Report, gone_wrong, st.sampled_from([None, 1, 1]))
of_the_first = st.just(Refund(1))
"""Pieces that are always in the first parcel."""
parcels = st.builds(
    Story,
    lines=st.just(((SCARCE, 2, 700), (PLENTY, 2, 50))),
    batches=st.tuples(
        st.just((Look(),)),
        st.just((Pay(1), Look())),
        st.just((Supply(SCARCE, 2), Stocked())),
        st.tuples(st.one_of(refunds, looks, looks), st.just(Report(ShipmentStatus.SHIPPED))),
        st.just((ForwardedPayment(),)),
        st.tuples(of_the_first, refunds),
        st.tuples(st.one_of(troubles, troubles, cancellations)),
        st.tuples(cancellations, st.one_of(refunds, reports)),
        st.tuples(parts),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.sampled_from([True]),
    policy=st.builds(OrderPolicy, when_short=st.just("ship_available"), back_order_seconds=st.just(5)),
)

shortages = st.builds(
    Story,
    lines=st.just(((SCARCE, 3, 700), (PLENTY, 2, 50))),
    batches=batches(parts).map(PAID.__add__),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=policies,
    when_asked=st.sampled_from(ShortageDecision),
)


@profile(quick=1)
@given(day=days(parcels, orders=8), seed=seeds)
async def test_parcels_that_are_given_up_are_paid_back_once(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)


@profile(quick=1)
@given(day=days(shortages, orders=8), seed=seeds)
async def test_what_is_missing_is_neither_paid_nor_held(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
