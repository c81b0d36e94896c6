"""Fixtures of the approvals tests."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.approvals import Office, running_office


@pytest.fixture
async def office(client: Client) -> AsyncIterator[Office]:
    """Give a running worker with a directory and a channel of its own."""
    async with running_office(client) as running:
        yield running
