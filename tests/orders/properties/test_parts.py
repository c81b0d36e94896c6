"""Orders that come in parts: some pieces are missing, some parcels get lost or come back, some lines are refunded."""

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.events import Event, Look, Pay
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
from workflows.orders.models import ShortageDecision
from workflows.orders.policy import OrderPolicy, WhenShort

parts = st.one_of(refunds, refunds, reports, reports, cancellations, shortage_decisions, looks)
PAID: tuple[tuple[Event, ...], ...] = ((Look(),), (Pay(1), Look()), (Look(),))


def in_parts(*when_short: WhenShort) -> st.SearchStrategy[Story]:
    """Draw an order that is paid at once, and may be short of stock."""
    return st.builds(
        Story,
        lines=st.just(((SCARCE, 3, 700), (PLENTY, 2, 50))),
        batches=batches(parts).map(PAID.__add__),
        ending=st.sampled_from(Ending),
        long_steps=st.booleans(),
        policy=st.builds(with_rule, policies, st.sampled_from(when_short)),
        when_asked=st.sampled_from(ShortageDecision),
    )


def with_rule(policy: OrderPolicy, when_short: WhenShort) -> OrderPolicy:
    return policy.model_copy(update={"when_short": when_short})


@profile(quick=1)
@given(day=days(in_parts("ship_available"), orders=8), seed=seeds)
async def test_parcels_that_are_given_up_are_paid_back_once(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)


@profile(quick=1)
@given(day=days(in_parts("ask", "back_order", "cancel_lines", "ship_available"), orders=8), seed=seeds)
async def test_what_is_missing_is_neither_paid_nor_held(client: Client, day: list[Story], seed: int) -> None:
    await play(client, day, seed)
