"""Signals and the end of the payment window in one workflow task: one documented winner, the same on replay."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from tests.orders.properties.closing import finish
from tests.orders.properties.events import Cancel, Event, Money, Nonsense, Pay
from tests.orders.properties.play import check_all, tellers_of
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import PLENTY, Story
from tests.orders.properties.teller import Teller
from tests.orders.properties.world import World, open_world
from workflows.orders.models import OrderStatus
from workflows.orders.policy import OrderPolicy

ORDERS = 6
WINDOWS = (5, 20, 80)
"""Seconds, one long enough for all orders to come to wait for their payment, and for the workers to be stopped then:
the shortest one that this machine allows."""
BEFORE_THE_END = timedelta(seconds=2)
"""More than it takes to stop the workers."""

FIRED = EventType.EVENT_TYPE_TIMER_FIRED
SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
NO_REMINDER = OrderPolicy(seconds_per_step=0, payment_too_little="refund", reminder_seconds=0)

last_moment: st.SearchStrategy[list[Event]] = st.lists(
    st.sampled_from([Pay(1), Pay(2, Money.TOO_LITTLE), Cancel(), Nonsense("confirm_payment")]), min_size=1, max_size=3
)
WINNERS = (OrderStatus.CANCELLED, OrderStatus.DELIVERED, OrderStatus.EXPIRED)
moments = st.lists(last_moment, min_size=ORDERS, max_size=ORDERS).filter(
    lambda drawn: {winner(signals) for signals in drawn} == set(WINNERS)
)


def winner(signals: Sequence[Event]) -> OrderStatus:
    """Return how the order must end: signals come before timers, and what is paid may still be cancelled."""
    if Cancel() in signals:
        return OrderStatus.CANCELLED
    return OrderStatus.DELIVERED if Pay(1) in signals else OrderStatus.EXPIRED


@profile(quick=1)
@given(moments=moments, seed=st.integers(0, 2**16))
async def test_signals_win_over_the_end_of_the_window_in_the_same_task(
    client: Client, moments: list[list[Event]], seed: int
) -> None:
    async with open_world(client, seed) as world:
        tellers = await wait_for_payment(world)
        world.crew.dismiss()
        for teller, signals in zip(tellers, moments, strict=True):
            for event in signals:
                await teller.happens(event)
            await teller.until_event(FIRED)
        world.crew.come_back()
        ended = await asyncio.gather(*(finish(teller) for teller in tellers))
        for teller, signals, each in zip(tellers, moments, ended, strict=True):
            history = await teller.handle.fetch_history()
            assert fell_into_one_task(history), f"{signals} and the end of the window: {history.to_json()}"
            assert each.view.status == winner(signals), signals
        await check_all(world, ended, [teller.story for teller in tellers])


async def wait_for_payment(world: World) -> list[Teller]:
    """Return orders that all wait for their payment, and do so for a moment yet; those that were too slow expire."""
    for window in WINDOWS:
        story = Story(lines=((PLENTY, 1, 500),), window_seconds=window, policy=NO_REMINDER)
        tellers = tellers_of(world, [story] * ORDERS)
        await asyncio.gather(*(teller.start() for teller in tellers))
        views = await asyncio.gather(
            *(teller.until(lambda view: view.status != OrderStatus.CREATED) for teller in tellers)
        )
        soon = datetime.now(UTC) + BEFORE_THE_END
        if all(view.status == OrderStatus.AWAITING_PAYMENT and view.due_at and view.due_at > soon for view in views):
            return tellers
    raise AssertionError(f"the orders do not come to wait for their payment within {WINDOWS[-1]} s")


def fell_into_one_task(history: WorkflowHistory) -> bool:
    """Say whether no worker did a task that began between the last signals and the end of the window.

    One that began may have been given to the poll of a worker that was killed: nobody did it.
    """
    kinds = [event.event_type for event in history.events]
    between = sorted(history.events[kinds.index(kind)].event_id for kind in (FIRED, SIGNALED))
    done = [event.workflow_task_completed_event_attributes.started_event_id for event in history.events]
    return not any(between[0] < began < between[1] for began in done)
