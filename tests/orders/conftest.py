"""Fixtures of the orders' tests."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import Shop, open_shop
from tests.support.temporal import time_skipping_server


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of this folder."""
    config.addinivalue_line("markers", "skips_time: days pass in a moment in the shop of this test")


@pytest.fixture(autouse=True)
def _orders_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a payment without an order look again soon."""
    soon = timedelta(milliseconds=50), timedelta(minutes=1)
    monkeypatch.setattr("workflows.orders.payment_intake.workflow.EARLY_INTERVALS", soon)


@pytest.fixture
def silent_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let refunds that are decided not be waited for long."""
    monkeypatch.setattr("workflows.orders.payments.order_refunds.ANSWER_TIMEOUT", timedelta(milliseconds=100))


@pytest.fixture
async def shop(request: pytest.FixtureRequest, client: Client) -> AsyncIterator[Shop]:
    """Give a shop with its worker, on the session's server unless the test skips time."""
    if request.node.get_closest_marker("skips_time") is None:
        async with open_shop(client) as opened:
            yield opened
    else:
        async with time_skipping_server() as server, open_shop(server.client, environment=server) as opened:
            yield opened
