"""Fixtures of the console's tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import new_namespace
from workflows.orders.client import TASK_QUEUE


@pytest.fixture(scope="module")
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop in a namespace of the module's own, with a worker on the real task queue: the console lists all."""
    own, world = await new_namespace(client), stocked()
    for sku in ("SKU-CHAIR", "SKU-LAMP"):
        world.inventory.restock_shelf(sku, 10_000)
    async with orders_worker(own, world, TASK_QUEUE):
        yield Shop(own, world, TASK_QUEUE)
