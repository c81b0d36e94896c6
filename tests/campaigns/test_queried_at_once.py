"""Campaigns and actors that are queried and updated from their first moment can be replayed."""

import asyncio

from tests.support.campaigns import World, campaign, send
from tests.support.curious import asked_all_along, assert_replays
from workflows.campaigns.client import actor_workflow_id, campaign_workflow_id
from workflows.campaigns.models import CampaignControl, StartUserActor
from workflows.campaigns.workflow import WORKFLOWS

MANY = 12
"""Enough when the first step is a local activity: then every tenth actor and every third campaign fail."""


async def test_campaigns_replay(world: World) -> None:
    async def one() -> str:
        request = campaign(world.add_users(3))
        workflow_id = campaign_workflow_id(request.campaign_id)
        async with asked_all_along(world.client, workflow_id, "get_progress"):
            await world.campaigns.begin(request)
            await world.campaigns.pause(request.campaign_id, CampaignControl(by="ana"))
            await world.campaigns.resume(request.campaign_id, CampaignControl(by="ana"))
            await world.ended(request.campaign_id)
        return workflow_id

    await assert_replays(world.client, [await one() for _ in range(MANY)], WORKFLOWS)


async def test_actors_replay(world: World) -> None:
    async def one() -> str:
        (user,) = world.add_users(1)
        async with asked_all_along(world.client, actor_workflow_id(user), "get_user_state"):
            await asyncio.gather(*(world.actors.reserve_send(StartUserActor(user_id=user), send()) for _ in range(5)))
        return actor_workflow_id(user)

    await assert_replays(world.client, [await one() for _ in range(2 * MANY)], WORKFLOWS)
