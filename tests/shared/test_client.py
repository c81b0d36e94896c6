"""What the base of the domain clients makes of the SDK's errors."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workflows.campaigns.client import UserActorsClient, actor_workflow_id
from workflows.campaigns.models import CapPolicy, SetPolicy
from workflows.campaigns.user_answer import LookUpUser
from workflows.shared import client as shared_client
from workflows.shared.errors import NoAnswerError


async def test_a_cancelled_update_is_cancelled_and_no_timeout(client: Client) -> None:
    actors, user = UserActorsClient(client, task_queue=fresh("nobody")), fresh("USER")
    update = asyncio.create_task(actors.set_policy(user, SetPolicy(policy=CapPolicy(rules=[]), by="ada")))
    actor = client.get_workflow_handle(actor_workflow_id(user))
    await eventually(actor.describe, ignoring=(RPCError,))
    update.cancel()
    with pytest.raises(asyncio.CancelledError):
        await update


async def test_a_question_without_a_worker_has_no_answer_and_is_not_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_client, "CALL_TIMEOUT", timedelta(seconds=1))
    actors, user = UserActorsClient(client, task_queue=fresh("nobody")), fresh("USER")
    with pytest.raises(NoAnswerError, match="is a worker running"):
        await actors.look_up(LookUpUser(user_id=user))
