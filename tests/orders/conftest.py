"""Fixtures of the orders' tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.support.orders import Shop, open_shop


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop with its worker on the session's server."""
    async with open_shop(client) as opened:
        yield opened


@pytest.fixture
async def patient_shop(time_skipping: WorkflowEnvironment) -> AsyncIterator[Shop]:
    """Give a shop that can let days pass in a moment."""
    async with open_shop(time_skipping.client, environment=time_skipping) as opened:
        yield opened
