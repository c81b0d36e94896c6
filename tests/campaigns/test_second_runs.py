"""A second run of an actor or a campaign, by a reset or another start, knows what the first one did."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.support.campaigns import World, campaign, campaign_world, capped, send
from tests.support.eventually import eventually
from tests.support.resets import ALL, NOTHING, Reapply, reset, reset_points
from tests.support.temporal import fresh
from workers.store.users import SqlUsers
from workflows.campaigns.client import (
    ACTOR_WORKFLOW_TYPE,
    CAMPAIGN_WORKFLOW_TYPE,
    actor_workflow_id,
    campaign_workflow_id,
)
from workflows.campaigns.models import (
    CampaignStatus,
    Channel,
    ChannelConsent,
    Decision,
    MessageSent,
    ReleaseSend,
    SendDecision,
    SendRequest,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)
from workflows.campaigns.ports import User
from workflows.shared.errors import RefusedError

OPT_OUT = SetPreferences(channels=ChannelConsent(sms=False), by="ana")


async def reserve(world: World, user_id: str, wanted: SendRequest | None = None) -> SendDecision:
    return await world.actors.reserve_send(StartUserActor(user_id=user_id), wanted or send())


async def stored(world: World, user_id: str, condition: Callable[[User], object]) -> None:
    """Wait until what the store knows of a user fulfils the condition."""
    users = SqlUsers(world.store)
    await eventually(lambda: users.user(user_id), lambda user: user is not None and bool(condition(user)))


async def terminate(world: World, user_id: str) -> None:
    await world.client.get_workflow_handle(actor_workflow_id(user_id)).terminate()


async def test_a_new_actor_counts_what_campaigns_sent(world: World) -> None:
    [user_id] = world.add_users(1)
    for _ in range(2):
        await world.run(campaign([user_id]))
    await terminate(world, user_id)
    assert (await world.run(campaign([user_id]))).capped == 1
    assert len(world.sent) == 2


async def test_a_new_actor_counts_grants_to_others_and_reports_but_nothing_released(world: World) -> None:
    [user_id] = world.add_users(1)
    released, granted = send(), send()
    for each in (released, granted):
        assert (await reserve(world, user_id, each)).decision is Decision.GRANTED
    await world.actors.release_send(user_id, ReleaseSend(send_id=released.send_id, reason="no such address"))
    report = MessageSent(send_id=fresh("S"), campaign_id="C", channel=Channel.EMAIL)
    await world.actors.message_sent(user_id, report)
    counting = {granted.send_id, report.send_id}
    await stored(world, user_id, lambda user: {each.send_id for each in user.sends} == counting)
    await terminate(world, user_id)
    assert (await reserve(world, user_id)).rule == "2 a day on email"
    assert (await reserve(world, user_id, granted)).decision is Decision.DUPLICATE


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
async def test_a_reset_actor_counts_what_it_granted(world: World, reapply: Reapply) -> None:
    [user_id] = world.add_users(1)
    id_ = actor_workflow_id(user_id)
    await world.run(campaign([user_id]))
    await reserve(world, user_id)
    await world.actors.set_preferences(user_id, OPT_OUT)
    await stored(world, user_id, lambda user: user.settings.preferences)
    first = (await world.client.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(world.client, id_):
        await reset(world.client, id_, point, reapply=reapply, run_id=first)
        assert (await reserve(world, user_id)).rule == "2 a day on email"
        assert (await reserve(world, user_id, send(channel="sms"))).rule == "opted out of sms"


async def test_settings_come_back_with_a_new_actor(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.set_preferences(user_id, OPT_OUT)
    await world.actors.set_policy(user_id, SetPolicy(policy=capped(1), by="ana"))
    await stored(world, user_id, lambda user: user.settings.policy)
    before = await world.actors.get_user_state(user_id)
    await terminate(world, user_id)
    await reserve(world, user_id)
    after = await world.actors.get_user_state(user_id)
    assert (after.preferences, after.policy) == (before.preferences, before.policy)
    assert (await reserve(world, user_id)).decision is Decision.DENIED


async def test_what_an_actor_was_started_with_comes_back(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user_id, policy=capped(1)), send())
    await stored(world, user_id, lambda user: user.sends and user.settings.policy)
    await terminate(world, user_id)
    assert (await reserve(world, user_id)).rule == "1 in 86400 s"


async def test_a_finished_campaign_is_not_started_again(world: World) -> None:
    request = campaign(world.add_users(2))
    await world.run(request)
    other = request.model_copy(update={"name": "Another sale", "audience": campaign(world.add_users(1)).audience})
    id_ = campaign_workflow_id(request.campaign_id)
    await world.client.start_workflow(CAMPAIGN_WORKFLOW_TYPE, other, id=id_, task_queue=world.task_queue)
    with pytest.raises(WorkflowFailureError) as failed:
        await world.ended(request.campaign_id)
    assert isinstance(failed.value.cause, ApplicationError)
    words = f"campaign {request.campaign_id} is DONE already; nothing was changed"
    assert (failed.value.cause.type, failed.value.cause.message) == ("AlreadyDone", words)
    assert (await world.campaigns.get_progress(request.campaign_id)).sent == 2
    assert len(world.sent) == 2


async def test_how_a_campaign_ended_is_known_after_retention(world: World, time_skipping: WorkflowEnvironment) -> None:
    request = campaign(world.add_users(1))
    await world.run(request)
    async with campaign_world(time_skipping.client, world.store) as later:  # this server knows nothing of it
        with pytest.raises(WorkflowFailureError, match="failed"):
            await later.run(request)
        assert (await later.campaigns.get_progress(request.campaign_id)).status is CampaignStatus.DONE
    assert len(world.sent) == 1


async def test_a_reset_campaign_sends_nothing_again(world: World) -> None:
    request = campaign(world.add_users(3))
    before = await world.run(request)
    id_ = campaign_workflow_id(request.campaign_id)
    first = (await world.client.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(world.client, id_):
        await reset(world.client, id_, point, run_id=first)
        after = await world.ended(request.campaign_id)
        assert (after.status, after.sent, after.audience) == (before.status, before.sent, before.audience)
    assert len(world.sent) == 3


async def test_an_actor_or_campaign_under_another_s_id_fails_at_once(world: World, client: Client) -> None:
    [mine, another] = world.add_users(2)
    request = campaign([mine])
    for type_, start, id_, right in (
        (ACTOR_WORKFLOW_TYPE, StartUserActor(user_id=mine), actor_workflow_id(another), actor_workflow_id(mine)),
        (CAMPAIGN_WORKFLOW_TYPE, request, campaign_workflow_id(fresh("C")), campaign_workflow_id(request.campaign_id)),
    ):
        started = await client.start_workflow(type_, start, id=id_, task_queue=world.task_queue)
        with pytest.raises(WorkflowFailureError) as failed:
            await started.result()
        assert f"belongs to the workflow ID {right}" in str(failed.value.cause)
    with pytest.raises(RefusedError):
        await reserve(world, fresh("NOBODY"))


async def test_a_report_before_its_user_counts(world: World) -> None:
    user_id = fresh("LATER")
    for number in range(2):
        await world.actors.message_sent(
            user_id, MessageSent(send_id=f"S{number}", campaign_id="C", channel=Channel.EMAIL)
        )
        with suppress(WorkflowFailureError):
            await world.client.get_workflow_handle(actor_workflow_id(user_id)).result()
    world.add(user_id)
    assert (await world.run(campaign([user_id]))).capped == 1
