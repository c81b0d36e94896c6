"""Whatever an operator decides about a step that is stuck, no money and no piece is lost."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Event, Look, Pay
from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import (
    Ending,
    Story,
    batches,
    cancellations,
    days,
    lines,
    looks,
    outages,
    policies,
    refunds,
    reports,
    resolutions,
)
from tests.orders.properties.test_stories import seeds

decisions = st.one_of(outages, outages, resolutions, resolutions, cancellations, refunds, reports, looks)
PAID: tuple[tuple[Event, ...], ...] = ((Pay(1), Look()),)

stuck = st.builds(
    Story,
    lines=lines,
    batches=batches(decisions, most=6).map(PAID.__add__),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=policies,
)


@profile(quick=2)
@given(day=days(stuck, orders=8), seed=seeds)
async def test_stuck_steps_are_decided_without_loss(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
