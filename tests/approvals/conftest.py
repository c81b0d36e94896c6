"""Fixtures of the approvals tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.support.approvals import PRODUCTION, Office, running_office
from workers.guards import GuardingRunner


@pytest.fixture
async def office(client: Client) -> AsyncIterator[Office]:
    """Give a running worker with a directory and a channel of its own."""
    async with running_office(client) as running:
        yield running


@pytest.fixture
async def strict_office(client: Client) -> AsyncIterator[Office]:
    """Give an office whose worker treats errors as the real one does, with the sandbox."""
    async with running_office(client, PRODUCTION, runner=GuardingRunner()) as running:
        yield running


@pytest.fixture
async def skipping_office(time_skipping: WorkflowEnvironment) -> AsyncIterator[Office]:
    """Give an office on a server whose time can be skipped."""
    async with running_office(time_skipping.client, environment=time_skipping) as running:
        yield running
