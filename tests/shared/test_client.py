"""What the base of the domain clients makes of the SDK's errors."""

import asyncio

import pytest
from temporalio.client import Client

from tests.support.temporal import fresh
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import CapPolicy, SetPolicy


async def test_a_cancelled_update_is_cancelled_and_no_timeout(client: Client) -> None:
    actors = UserActorsClient(client, task_queue=fresh("nobody"))
    update = asyncio.create_task(actors.set_policy(fresh("USER"), SetPolicy(policy=CapPolicy(), by="ada")))
    await asyncio.sleep(0.5)
    update.cancel()
    with pytest.raises(asyncio.CancelledError):
        await update
