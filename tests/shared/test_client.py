"""What the base of the domain clients makes of the SDK's errors."""

import asyncio

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workflows.campaigns.client import UserActorsClient, actor_workflow_id
from workflows.campaigns.models import CapPolicy, SetPolicy


async def test_a_cancelled_update_is_cancelled_and_no_timeout(client: Client) -> None:
    actors, user = UserActorsClient(client, task_queue=fresh("nobody")), fresh("USER")
    update = asyncio.create_task(actors.set_policy(user, SetPolicy(policy=CapPolicy(rules=[]), by="ada")))
    actor = client.get_workflow_handle(actor_workflow_id(user))
    await eventually(actor.describe, ignoring=(RPCError,))
    update.cancel()
    with pytest.raises(asyncio.CancelledError):
        await update
