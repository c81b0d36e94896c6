"""Fixtures of the campaigns tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.campaigns import World, campaign_world
from workers.guards import GuardingRunner


@pytest.fixture
async def world(client: Client) -> AsyncIterator[World]:
    """Give a campaigns worker of the test's own on a store of its own."""
    async with campaign_world(client) as running:
        yield running


@pytest.fixture
async def strict_world(client: Client) -> AsyncIterator[World]:
    """Give the same with the sandbox, as the real worker has it."""
    async with campaign_world(client, runner=GuardingRunner()) as running:
        yield running
