"""Records histories of the campaigns system, for the replay test: ``python -m tests.campaigns.record VERSION``.

Histories of a version that is there are kept: they are what running campaigns and actors look like. After a change of
a workflow, record the next version beside them.
"""

from collections.abc import Awaitable, Callable

from tests.support.campaigns import World, campaign, campaign_world, capped, eventually, running, send
from tests.support.histories import keep, record_by_command
from tests.support.temporal import dev_server
from workflows.campaigns.models import (
    CampaignControl,
    Channel,
    ChannelConsent,
    MessageSent,
    Preferences,
    ReleaseSend,
    SegmentAudience,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)

EVENTS = 40
"""After so many events the recording server suggests to continue as new."""

Story = Callable[[World], Awaitable[tuple[str, str | None]]]
"""Lets something happen, and returns the workflow ID and the run ID (None: the latest) to keep."""


async def refused(world: World) -> tuple[str, str | None]:
    """Return a campaign with users who are sent to, capped, opted out, rejected and unknown."""
    sent, full, opted_out, rejected = world.add_users(4)
    world.users.add(opted_out, preferences=Preferences(channels=ChannelConsent(email=False)))
    world.provider.rejected.add(rejected)
    await world.actors.reserve_send(StartUserActor(user_id=full, policy=capped(1)), send())
    request = campaign([sent, full, opted_out, rejected, "USER-999"], max_sends_per_second=1)
    await world.campaigns.start(request)
    await world.ended(request.campaign_id)
    return f"campaign-{request.campaign_id}", None


async def cancelled(world: World) -> tuple[str, str | None]:
    """Return a campaign that was paused, resumed, paused again and cancelled."""
    request = campaign(world.add_users(30), max_sends_per_second=2)
    ana = CampaignControl(by="ana", reason="too early")
    await world.campaigns.start(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 4)
    await world.campaigns.pause(request.campaign_id, ana)
    await world.campaigns.resume(request.campaign_id, ana)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 8)
    await world.campaigns.pause(request.campaign_id, ana)
    await world.campaigns.cancel(request.campaign_id, ana)
    await world.ended(request.campaign_id)
    return f"campaign-{request.campaign_id}", None


async def deferred(world: World) -> tuple[str, str | None]:
    """Return a campaign to a segment that waits for a cap, and for a provider that does not answer at first."""
    users = world.add_users(6)
    world.users.segments["newsletter"] = users
    world.provider.lost_answers = dict.fromkeys(users, 2)
    await world.actors.reserve_send(StartUserActor(user_id=users[0], policy=capped(1, seconds=4)), send())
    request = campaign(users, when_capped="defer", audience=SegmentAudience(name="newsletter"))
    await world.campaigns.start(request)
    await world.ended(request.campaign_id)
    return f"campaign-{request.campaign_id}", None


async def campaign_continued(world: World) -> tuple[str, str | None]:
    """Return the last run of a campaign that continued as new."""
    request = campaign(world.add_users(60), max_sends_per_second=5)
    await world.campaigns.start(request)
    await world.progress_when(request.campaign_id, running)
    await world.ended(request.campaign_id)
    return f"campaign-{request.campaign_id}", None


async def actor_first_run(world: World) -> tuple[str, str | None]:
    """Return the first run of an actor, which had every kind of message and continued as new."""
    user_id, run_id = await _long_lived_actor(world)
    return f"user-actor-{user_id}", run_id


async def actor_later_run(world: World) -> tuple[str, str | None]:
    """Return a run of an actor that began with what the one before knew."""
    user_id, _ = await _long_lived_actor(world)
    return f"user-actor-{user_id}", None


async def actor_of_a_batch(world: World) -> tuple[str, str | None]:
    """Return an actor that a campaign's batch started, with what that had read of the user."""
    (user,) = world.add_users(1)
    request = campaign([user])
    await world.campaigns.start(request)
    await world.ended(request.campaign_id)
    return f"user-actor-{user}", None


async def unknown_user(world: World) -> tuple[str, str | None]:
    """Return an actor that found no user."""
    await world.actors.message_sent("USER-999", MessageSent(send_id="S", campaign_id="C", channel=Channel.SMS))
    handle = world.client.get_workflow_handle("user-actor-USER-999")

    async def closed() -> bool:
        return (await handle.describe()).close_time is not None

    await eventually(closed)
    return "user-actor-USER-999", None


async def _long_lived_actor(world: World) -> tuple[str, str]:
    (user,) = world.add_users(1)
    start, first = StartUserActor(user_id=user), send()
    await world.actors.reserve_send(start, first)
    run_id = (await world.client.get_workflow_handle(f"user-actor-{user}").describe()).run_id
    assert run_id is not None
    await world.actors.release_send(user, ReleaseSend(send_id=first.send_id, reason="no such address"))
    await world.actors.set_preferences(user, SetPreferences(channels=ChannelConsent(push=False), by="ana"))
    await world.actors.set_policy(user, SetPolicy(policy=capped(3), by="ana"))
    await world.actors.message_sent(user, MessageSent(send_id="S", campaign_id="C", channel=Channel.SMS))
    for _ in range(6):
        await world.actors.reserve_send(start, send())

    async def continued() -> bool:
        handle = world.client.get_workflow_handle(f"user-actor-{user}")
        return (await handle.describe()).run_id != run_id

    await eventually(continued)
    await world.actors.reserve_send(start, send())
    return user, run_id


STORIES: tuple[Story, ...] = (
    refused,
    cancelled,
    deferred,
    campaign_continued,
    actor_first_run,
    actor_later_run,
    actor_of_a_batch,
    unknown_user,
)


async def record(version: str) -> None:
    """Write one history for each story.

    Raises:
        FileExistsError: when a history of that version is there.
    """
    setting = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with dev_server("--dynamic-config-value", setting) as server:
        for story in STORIES:
            async with campaign_world(server.client) as world:
                workflow_id, run_id = await story(world)
            handle = server.client.get_workflow_handle(workflow_id, run_id=run_id)
            await keep(handle, server.client.identity, "campaigns", story.__name__, version)


if __name__ == "__main__":
    record_by_command(record)
