"""Money and stock add up in the store whatever happens to orders on a real server, and whatever fails around them.

Each workflow task replays its history, as it does when another worker takes over. A worker that dies in an activity is
to the server an answer that got lost.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from temporalio.client import Client

from tests.orders.properties.books import check_books, check_trail, keep_trail, read_books, read_trail
from tests.orders.properties.checks import check_ended
from tests.orders.properties.driver import A_LONG_TIME, Driver
from tests.orders.properties.scenarios import STOCK, Scenario
from tests.orders.properties.subjects import SUBJECTS
from tests.support.impatience import impatience
from tests.support.order_ports import World
from tests.support.orders import open_shop
from tests.support.profiles import SEARCHING, examples
from tests.support.temporal import fresh
from workflows.orders.policy import OrderPolicy

BETWEEN_LOOKS = 0.3
"""Seconds between two looks into the books."""

one_of_each = st.tuples(*SUBJECTS).map(list)
mixed = st.tuples(*SUBJECTS, *SUBJECTS).map(list)
of_one_subject = st.one_of(*(st.lists(subject, min_size=12, max_size=12) for subject in SUBJECTS))


@examples(2, far=200, shrinks=False)
@given(scenarios=st.one_of(mixed, of_one_subject) if SEARCHING else one_of_each, seed=st.integers(0, 2**16))
async def test_everything_adds_up(client: Client, scenarios: list[Scenario], seed: int) -> None:
    assume(seed)  # nothing happens in the simplest example
    warehouse, stocked = World(STOCK, OrderPolicy()), Counter(STOCK)
    await keep_trail(warehouse.store)

    def supply(sku: str, quantity: int) -> None:
        warehouse.inventory.restock_shelf(sku, quantity)
        stocked[sku] += quantity

    async def watch() -> None:
        while True:
            check_books(await read_books(warehouse.store), stocked)
            await asyncio.sleep(BETWEEN_LOOKS)

    prefix = fresh("ORD")
    async with AsyncExitStack() as stack:
        stack.enter_context(impatience())
        drivers = []
        for number, scenario in enumerate(scenarios):
            world = World({}, scenario.policy, warehouse.store)
            shop = await stack.enter_async_context(open_shop(client, world, cached=0))
            drivers.append(Driver(shop, f"{prefix}n{number}", scenario, supply))
        watching = asyncio.create_task(watch())
        async with asyncio.timeout(A_LONG_TIME), asyncio.TaskGroup() as group:
            running = [group.create_task(driver.run(seed + number)) for number, driver in enumerate(drivers)]
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
    books, trail = await read_books(warehouse.store), await read_trail(warehouse.store)
    check_books(books, stocked)
    check_trail(trail)
    ended = [order.result() for order in running]
    for each, scenario in zip(ended, scenarios, strict=True):
        try:
            check_ended(each, books, trail, ended)
        except AssertionError as error:
            timeline = "\n".join(f"  {entry.at:%H:%M:%S.%f} {entry.text}" for entry in each.view.timeline)
            raise AssertionError(f"{error}\n{scenario}\n{each.order_id}, {each.view.status}:\n{timeline}") from error
