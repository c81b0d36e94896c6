"""Fixtures of the console's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import dev_server
from workflows.orders.client import TASK_QUEUE


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[Shop]:
    """Give a shop on a server of the module's own, with a worker on the real task queue: the console lists all."""
    async with dev_server() as environment:
        world = stocked()
        for sku in ("SKU-CHAIR", "SKU-LAMP"):
            world.inventory.restock_shelf(sku, 10_000)
        async with orders_worker(environment.client, world, TASK_QUEUE):
            yield Shop(environment.client, world, TASK_QUEUE)
