"""Fixtures of the twin's tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from console.gateway.gateway import Gateway
from console.start.once import gateway_of
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import new_namespace
from workflows.orders.client import TASK_QUEUE


@pytest.fixture(scope="module")
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop in a namespace of the module's own, with a worker on the real task queue: the twin lists all."""
    own, world = await new_namespace(client), stocked()
    async with orders_worker(own, world, TASK_QUEUE):
        yield Shop(own, world, TASK_QUEUE)


@pytest.fixture
def gateway(shop: Shop) -> Gateway:
    """Give a gateway of somebody who acts, whose journal is in memory."""
    return gateway_of(shop.client, "chen", 200)
