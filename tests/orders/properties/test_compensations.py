"""Compensation finishes, or the order says what is stuck and how much; one that fails does not stop the others."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.closing import finish
from tests.orders.properties.events import Cancel, Outage, Pay
from tests.orders.properties.invariants import HELD, RELEASED, kept
from tests.orders.properties.ledger import read_books
from tests.orders.properties.play import check_all, tellers_of
from tests.orders.properties.profiles import profile
from tests.orders.properties.stories import PLENTY, Story
from tests.orders.properties.teller import A_LONG_TIME, PATIENCE, Teller
from tests.orders.properties.world import World, open_world
from workflows.orders.models import OrderStatus, OrderView
from workflows.orders.policy import OrderPolicy
from workflows.shared.money import format_money

UNDOING = ("send_refund", "release_stock")
PRICE = 12_345

outages = st.builds(Outage, st.lists(st.sampled_from(UNDOING), unique=True).map(tuple), st.booleans())
several = st.lists(outages, min_size=4, max_size=6).filter(lambda days: len(set(days)) > len(UNDOING))


@profile(quick=1)
@given(days=several, seed=st.integers(0, 2**16))
async def test_what_can_be_undone_is_and_the_rest_is_said(client: Client, days: list[Outage], seed: int) -> None:
    story = Story(lines=((PLENTY, 1, PRICE),), long_steps=True, policy=OrderPolicy(seconds_per_step=0))
    async with open_world(client, seed) as world:
        tellers = tellers_of(world, [story] * len(days))
        await asyncio.gather(*(fails_to_undo(world, *each) for each in zip(tellers, days, strict=True)))
        ended = await asyncio.gather(*(finish(teller) for teller in tellers))
        assert {each.view.status for each in ended} == {OrderStatus.CANCELLED}
        await check_all(world, ended, [story] * len(days))


async def fails_to_undo(world: World, teller: Teller, outage: Outage) -> None:
    """Cancel a paid order while some steps fail, and check what is done of it, and what the order says."""
    stuck, failing = outage.activities, () if outage.done else outage.activities
    await teller.start()
    await teller.happens(Pay(1))
    await teller.until(lambda view: view.status == OrderStatus.FULFILLING)
    await teller.happens(outage)
    await teller.happens(Cancel())
    ends_as = OrderStatus.NEEDS_ACTION if stuck else OrderStatus.CANCELLED
    view = await teller.until(lambda view: view.status == ends_as and len(view.stuck) == len(stuck))
    left = PRICE if "send_refund" in failing else 0
    await until_books_say(world, view, left, HELD if "release_stock" in failing else RELEASED)
    if stuck:
        assert view.attention is not None
        assert view.reason is not None
        assert all(f"{step.name} failed: {step.reason}" in view.reason for step in view.stuck)
    if "send_refund" in stuck:
        assert any(format_money(PRICE, view.request.currency) in step.name for step in view.stuck)


async def until_books_say(world: World, view: OrderView, left: int, reservation: str) -> None:
    """Wait until so much of the order's money is left, and its stock stands so: what is not stuck is not held up."""
    order_id = view.request.order_id
    async with asyncio.timeout(A_LONG_TIME):
        while True:
            books = await read_books(world.store)
            mine = [row["status"] for row in books.reservations if row["reservation_id"].startswith(f"{order_id}/")]
            if (kept(books, order_id)[view.request.currency], mine) == (left, [reservation]):
                return
            await asyncio.sleep(PATIENCE)
