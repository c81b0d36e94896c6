"""Fixtures of the campaigns tests."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.campaigns import World, campaign_world
from workers.guards import GuardingRunner


@pytest.fixture(autouse=True)
def _hasty_campaigns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let campaigns soon try again what got no clear answer."""
    monkeypatch.setattr("workflows.campaigns.campaign_state.FIRST_PAUSE", timedelta(milliseconds=100))


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
