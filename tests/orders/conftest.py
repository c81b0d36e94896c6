"""Fixtures of the orders' tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.orders import Shop, open_shop
from tests.support.temporal import time_skipping_server


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of this folder."""
    config.addinivalue_line("markers", "skips_time: days pass in a moment in the shop of this test")


@pytest.fixture
async def shop(request: pytest.FixtureRequest, client: Client) -> AsyncIterator[Shop]:
    """Give a shop with its worker, on the session's server unless the test skips time."""
    if request.node.get_closest_marker("skips_time") is None:
        async with open_shop(client) as opened:
            yield opened
    else:
        async with time_skipping_server() as server, open_shop(server.client, environment=server) as opened:
            yield opened
