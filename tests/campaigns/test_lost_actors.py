"""Caps hold whatever order actors are lost in and senders write in: the store takes no message of a lost actor."""

import asyncio

import pytest
from temporalio.client import Client

from tests.support.campaigns import World, campaign, capped, send
from tests.support.eventually import eventually
from tests.support.resets import NOTHING, reset, reset_points
from workers.store.users import SqlUsers
from workflows.campaigns.actor_state import ActorStart
from workflows.campaigns.client import ACTOR_WORKFLOW_TYPE, actor_workflow_id
from workflows.campaigns.models import Decision, SetPolicy, StartUserActor
from workflows.campaigns.sending import record_of
from workflows.runtime.server_clock import SERVER_CLOCK


async def lose(client: Client, user_id: str, how: str) -> None:
    """Terminate an actor, or reset it to its first task without its updates."""
    id_ = actor_workflow_id(user_id)
    if how == "terminate":
        await client.get_workflow_handle(id_).terminate()
    else:
        await reset(client, id_, (await reset_points(client, id_))[0], reapply=NOTHING)


async def one_message_user(world: World) -> str:
    """Return a new user with a cap of 1, which the store knows."""
    [user_id] = world.add_users(1)
    await world.actors.set_policy(user_id, SetPolicy(policy=capped(1), by="ana"))
    users = SqlUsers(world.store)
    await eventually(lambda: users.user(user_id), lambda user: user is not None and user.settings.policy is not None)
    return user_id


@pytest.mark.parametrize("how", ["terminate", "reset"])
async def test_a_message_that_a_lost_actor_granted_and_that_comes_late_counts_or_does_not_go(
    world: World, how: str
) -> None:
    user_id = await one_message_user(world)
    name = f"send/{user_id}"
    world.faults.hold(name)
    request = campaign([user_id])
    await world.campaigns.begin(request)
    await eventually(lambda: asyncio.sleep(0, world.faults.calls[name]), lambda calls: calls == 1)
    await lose(world.client, user_id, how)
    other = await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    world.faults.let_go(name)
    progress = await world.ended(request.campaign_id)
    assert (other.decision, progress.sent, progress.capped) == (Decision.GRANTED, 0, 1)
    assert not world.sent


@pytest.mark.parametrize("next_sender", ["campaign", "other"])
async def test_an_actor_that_begins_with_an_old_record_grants_nothing_twice(world: World, next_sender: str) -> None:
    user_id = await one_message_user(world)
    user = await SqlUsers(world.store).user(user_id)
    assert user is not None
    old = ActorStart(user_id=user_id, record=record_of(user, SERVER_CLOCK.now()))  # as a batch that waits
    assert (await world.actors.reserve_send(StartUserActor(user_id=user_id), send())).decision is Decision.GRANTED
    await lose(world.client, user_id, "terminate")
    await world.client.start_workflow(
        ACTOR_WORKFLOW_TYPE, old, id=actor_workflow_id(user_id), task_queue=world.task_queue
    )
    if next_sender == "campaign":
        assert (await world.run(campaign([user_id]))).capped == 1
        assert not world.sent
    else:
        assert (await world.actors.reserve_send(old, send())).decision is Decision.DENIED


async def test_a_grant_to_another_sender_is_in_the_store_when_it_is_answered(world: World) -> None:
    user_id = await one_message_user(world)
    wanted = send()
    assert (await world.actors.reserve_send(StartUserActor(user_id=user_id), wanted)).decision is Decision.GRANTED
    user = await SqlUsers(world.store).user(user_id)
    assert user is not None
    assert [each.send_id for each in user.sends] == [wanted.send_id]
