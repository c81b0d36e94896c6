"""A user's actor, or a campaign, that somebody paused in Temporal."""

import pytest

from tests.support.campaigns import World, campaign, send
from tests.support.pauses import pause, unpause
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import CampaignStatus, MessageSent, StartUserActor
from workflows.shared.errors import PausedError


async def test_a_paused_actor_says_so_and_keeps_reports(world: World) -> None:
    (user,) = world.add_users(1)
    start, request = StartUserActor(user_id=user), send()
    await world.actors.reserve_send(start, send())
    await pause(world.client, actor_workflow_id(user))
    words = f"^user actor {user} is paused in Temporal: "
    for call in (
        world.actors.reserve_send(start, request),
        world.actors.can_send(user, request),
        world.actors.get_user_state(user),
    ):
        with pytest.raises(PausedError, match=words):
            await call
    report = MessageSent(send_id="S", campaign_id="C", channel=request.channel)
    await world.actors.message_sent(user, report)
    await unpause(world.client, actor_workflow_id(user))
    await world.actors.reserve_send(start, request)
    assert {each.send_id for each in (await world.actors.get_user_state(user)).recent} >= {"S"}


async def test_a_campaign_waits_for_a_paused_actor(world: World) -> None:
    users = world.add_users(2)
    await world.actors.reserve_send(StartUserActor(user_id=users[0]), send())
    await pause(world.client, actor_workflow_id(users[0]))
    request = campaign(users)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent == 1)
    await unpause(world.client, actor_workflow_id(users[0]))
    progress = await world.ended(request.campaign_id)
    assert (progress.status, progress.sent) == (CampaignStatus.DONE, 2)
