"""Whatever an operator decides about a step that is stuck, no money and no piece is lost."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Event, Look, Money, Outage, Pay, Report, Resolve
from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import (
    Ending,
    Story,
    cancellations,
    days,
    lines,
    looks,
    policies,
    refunds,
    reports,
)
from tests.orders.properties.test_stories import seeds
from workflows.orders.models import ShipmentStatus, StepDecision

MAY_BE_STUCK = (
    "release_stock",
    "release_lines",
    "restock",
    "consume_stock",
    "send_refund",
    "create_parcel",
    "update_parcel",
    "recall_parcel",
)
great_outages = st.builds(
    Outage, st.lists(st.sampled_from(MAY_BE_STUCK), min_size=4, unique=True).map(tuple), done=st.booleans()
)
acts = st.one_of(cancellations, cancellations, refunds, refunds, st.just(Report(ShipmentStatus.SHIPPED)))
resolutions = st.builds(Resolve, st.sampled_from([StepDecision.SKIP, StepDecision.RESOLVE, *StepDecision]))
events = st.one_of(acts, resolutions, reports, looks)
PAID: tuple[Event, ...] = (Pay(1, Money.TOO_MUCH), Look())

stuck = st.builds(
    Story,
    lines=lines,
    batches=st.tuples(
        st.just(PAID),
        st.tuples(great_outages),
        st.tuples(acts, looks),
        st.tuples(resolutions),
        st.tuples(events, events),
        st.tuples(resolutions),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.sampled_from([True]),
    policy=policies,
)


@profile(quick=1)
@given(day=days(stuck, orders=14), seed=seeds)
async def test_stuck_steps_are_decided_without_loss(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
