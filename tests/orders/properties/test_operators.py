"""Whatever an operator decides about a step that is stuck, no money and no piece is lost."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Event, Look, Money, Outage, Pay
from tests.orders.properties.play import play
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import (
    Ending,
    Story,
    cancellations,
    days,
    lines,
    looks,
    most_activities,
    policies,
    refunds,
    reports,
    resolutions,
)
from tests.orders.properties.test_stories import seeds

acts = st.one_of(cancellations, refunds, refunds, reports)
events = st.one_of(acts, resolutions, looks)
great_outages = st.builds(Outage, most_activities, done=st.booleans())
PAID: tuple[Event, ...] = (Pay(1, Money.TOO_MUCH), Look())

stuck = st.builds(
    Story,
    lines=lines,
    batches=st.tuples(
        st.just(PAID),
        st.tuples(great_outages),
        st.tuples(acts, acts),
        st.tuples(resolutions),
        st.tuples(events, events),
        st.tuples(resolutions),
    ),
    ending=st.sampled_from(Ending),
    long_steps=st.booleans(),
    policy=policies,
)


@profile(quick=1)
@given(day=days(stuck, orders=8), seed=seeds)
async def test_stuck_steps_are_decided_without_loss(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
