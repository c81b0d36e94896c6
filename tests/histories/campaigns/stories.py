"""The recorded stories of campaigns and user actors."""

from contextlib import suppress
from datetime import timedelta

from temporalio.client import WorkflowFailureError

from tests.histories.system import Handle, System
from tests.support.campaigns import PARIS, World, campaign, campaign_world, capped, quiet, running, send
from tests.support.eventually import eventually
from workflows.campaigns.bounces import BounceKind, ReportBounce
from workflows.campaigns.models import (
    CalendarWindow,
    CampaignControl,
    CapPolicy,
    CapRule,
    Channel,
    ChannelConsent,
    MessageSent,
    ReleaseSend,
    SegmentAudience,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)
from workflows.campaigns.ports import RejectedByProviderError
from workflows.campaigns.workflow import WORKFLOWS
from workflows.shared.errors import RefusedError

EVENTS = 40
"""After so many events the recording server suggests to continue as new."""


async def closed(world: World, campaign_id: str) -> Handle:
    """Wait for the end of a campaign, and return its workflow."""
    await world.ended(campaign_id)
    return world.client.get_workflow_handle(f"campaign-{campaign_id}")


async def refused(world: World) -> Handle:
    """Record a campaign with users who are sent to, capped, opted out, rejected and unknown."""
    sent, full, opted_out, rejected = world.add_users(4)
    world.add(opted_out, email=False)
    world.faults.down(f"send/{rejected}", error=RejectedByProviderError("no such address"))
    await world.actors.reserve_send(StartUserActor(user_id=full, policy=capped(1)), send())
    request = campaign([sent, full, opted_out, rejected, "USER-999"], max_sends_per_second=1)
    await world.campaigns.begin(request)
    return await closed(world, request.campaign_id)


async def cancelled(world: World) -> Handle:
    """Record a campaign that was paused, resumed, paused again and cancelled."""
    request = campaign(world.add_users(30), max_sends_per_second=2)
    ana = CampaignControl(by="ana", reason="too early")
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 4)
    await world.client.get_workflow_handle(f"campaign-{request.campaign_id}").signal("stop", 1)
    await world.campaigns.pause(request.campaign_id, ana)
    await world.campaigns.resume(request.campaign_id, ana)
    await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 8)
    await world.campaigns.pause(request.campaign_id, ana)
    await world.campaigns.cancel(request.campaign_id, ana)
    return await closed(world, request.campaign_id)


async def deferred(world: World) -> Handle:
    """Record a campaign to a segment that waits for a cap, and for a provider that does not answer at first."""
    users = world.add_users(6, segment="newsletter")
    for user in users:
        world.faults.lose_answers(f"send/{user}", 2)
    await world.actors.reserve_send(StartUserActor(user_id=users[0], policy=capped(1, seconds=4)), send())
    request = campaign(users, when_capped="defer", audience=SegmentAudience(name="newsletter"))
    await world.campaigns.begin(request)
    return await closed(world, request.campaign_id)


async def digests(world: World) -> Handle:
    """Record the first run of a campaign whose message waits for a digest, also while the campaign is paused."""
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user, policy=capped(1, seconds=4)), send())
    request, ana = campaign([user], when_capped="digest"), CampaignControl(by="ana")
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.held_for_digest == 1)
    run_id = (await world.client.get_workflow_handle(f"campaign-{request.campaign_id}").describe()).run_id
    await world.campaigns.pause(request.campaign_id, ana)
    await world.campaigns.resume(request.campaign_id, ana)
    await closed(world, request.campaign_id)
    return world.client.get_workflow_handle(f"campaign-{request.campaign_id}", run_id=run_id)


async def campaign_continued(world: World) -> Handle:
    """Record the last run of a campaign that continued as new."""
    request = campaign(world.add_users(60), max_sends_per_second=5)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    return await closed(world, request.campaign_id)


async def actor_first_run(world: World) -> Handle:
    """Record the first run of an actor, which had every kind of message and continued as new."""
    user_id, run_id = await _long_lived_actor(world)
    return world.client.get_workflow_handle(f"user-actor-{user_id}", run_id=run_id)


async def actor_later_run(world: World) -> Handle:
    """Record a run of an actor that began with what the one before knew."""
    user_id, _ = await _long_lived_actor(world)
    return world.client.get_workflow_handle(f"user-actor-{user_id}")


async def actor_of_a_batch(world: World) -> Handle:
    """Record an actor that a campaign's batch started, with what that had read of the user."""
    (user,) = world.add_users(1)
    await world.run(campaign([user]))
    return world.client.get_workflow_handle(f"user-actor-{user}")


async def actor_with_bounces(world: World) -> Handle:
    """Record an actor that heard of bounces and a complaint, got its address back, and was told what does not fit."""
    (user,) = world.add_users(1)
    email, actors = Channel.EMAIL, world.actors
    for kind in (BounceKind.SOFT, BounceKind.HARD, BounceKind.COMPLAINT):
        await actors.report_bounce(user, ReportBounce(channel=email, kind=kind, send_id="S-1", by="provider"))
    await actors.reserve_send(StartUserActor(user_id=user), send())
    await actors.set_preferences(user, SetPreferences(channels=ChannelConsent(email=True), by="ana"))
    await actors.reserve_send(StartUserActor(user_id=user), send())
    with suppress(RefusedError):
        await actors.report_bounce(user, ReportBounce(channel=Channel.SMS, kind=BounceKind.HARD, by="provider"))
    return world.client.get_workflow_handle(f"user-actor-{user}")


async def unknown_user(world: World) -> Handle:
    """Record an actor that found no user."""
    await world.actors.message_sent("USER-999", MessageSent(send_id="S", campaign_id="C", channel=Channel.SMS))
    handle = world.client.get_workflow_handle("user-actor-USER-999")
    with suppress(WorkflowFailureError):
        await handle.result()
    return handle


async def _long_lived_actor(world: World) -> tuple[str, str]:
    (user,) = world.add_users(1)
    start, first = StartUserActor(user_id=user), send()
    await world.actors.reserve_send(start, first)
    handle = world.client.get_workflow_handle(f"user-actor-{user}")
    run_id = (await handle.describe()).run_id
    assert run_id is not None
    await world.actors.release_send(user, ReleaseSend(send_id=first.send_id, reason="no such address"))
    quiet_hours = quiet(timedelta(hours=1), timedelta(hours=8)).quiet_hours
    consent = ChannelConsent(push=False)
    await world.actors.set_preferences(user, SetPreferences(channels=consent, quiet_hours=quiet_hours, by="ana"))
    rule = CapRule(name="3 a day", limit=3, window=CalendarWindow(calendar="day", timezone=PARIS))
    await world.actors.set_policy(user, SetPolicy(policy=CapPolicy(rules=[rule]), by="ana"))
    await handle.signal("message_sent", {"send_id": "S", "channel": "fax"})
    await world.actors.message_sent(user, MessageSent(send_id="S", campaign_id="C", channel=Channel.SMS))
    for _ in range(6):
        await world.actors.reserve_send(start, send())
    await eventually(handle.describe, lambda described: described.run_id != run_id)
    await world.actors.reserve_send(start, send())
    return user, run_id


CAMPAIGNS = System(
    name="campaigns",
    workflows=WORKFLOWS,
    open=campaign_world,
    stories=(
        refused,
        cancelled,
        deferred,
        digests,
        campaign_continued,
        actor_first_run,
        actor_later_run,
        actor_of_a_batch,
        actor_with_bounces,
        unknown_user,
    ),
    server_args=("--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={EVENTS}"),
)
