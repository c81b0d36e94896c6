"""Long lives: actors and campaigns go on with a fresh history, and lose and repeat nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from temporalio.client import Client

from tests.support.campaigns import World, assert_adds_up, campaign, campaign_world, capped, send
from tests.support.eventually import eventually
from tests.support.resets import reset, reset_points
from tests.support.temporal import dev_server, fresh
from workers.store.consent_schema import bounces
from workers.store.users import SqlUsers
from workflows.campaigns.bounces import BounceKind, ReportBounce
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import (
    CampaignControl,
    CampaignStatus,
    Channel,
    ChannelConsent,
    Decision,
    MessageSent,
    SegmentAudience,
    SetPreferences,
    StartUserActor,
)
from workflows.shared.refused_signals import MAX_REFUSALS, SIGNAL_REFUSED
from workflows.shared.summary import ATTENTION

EVENTS = 40
"""After so many events the server suggests to continue as new."""


@pytest.fixture(scope="module")
async def short_lived() -> AsyncIterator[Client]:
    setting = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with dev_server("--dynamic-config-value", setting) as environment:
        yield environment.client


@pytest.fixture
async def world(short_lived: Client) -> AsyncIterator[World]:
    async with campaign_world(short_lived) as running:
        yield running


async def runs(world: World, workflow_id: str) -> int:
    """Count the runs of a workflow ID, following each history to the next."""
    handle = world.client.get_workflow_handle(workflow_id)
    run_id: str | None = (await handle.describe()).raw_description.workflow_execution_info.first_run_id
    count = 0
    while run_id:
        count += 1
        history = await world.client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        run_id = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return count


async def until_continued(world: World, user_id: str) -> None:
    await eventually(lambda: runs(world, f"user-actor-{user_id}"), lambda count: count > 1)


async def test_concurrent_updates_over_many_runs_are_each_applied_once(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1000))
    requests = [send(f"S{number}") for number in range(60)]

    async def ask(number: int) -> list[Decision]:
        twice = [await world.actors.reserve_send(start, requests[number]) for _ in range(2)]
        await world.actors.message_sent(user, MessageSent(send_id=f"R{number}", campaign_id="C", channel=Channel.EMAIL))
        return [each.decision for each in twice]

    for first in range(0, 60, 20):
        answers = await asyncio.gather(*(ask(number) for number in range(first, first + 20)))
        assert all(answer[1] is Decision.DUPLICATE for answer in answers)
    await until_continued(world, user)
    state = await world.actors.get_user_state(user)
    assert state.usage[0].used == 120
    for request in requests:
        assert (await world.actors.can_send(user, request)).decision is Decision.DUPLICATE


async def test_preferences_and_policy_survive(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1))
    await world.actors.reserve_send(start, send())
    await world.actors.set_preferences(user, SetPreferences(channels=ChannelConsent(push=False), by="ana"))
    for _ in range(12):
        await world.actors.reserve_send(start, send())
    await until_continued(world, user)
    state = await world.actors.get_user_state(user)
    assert not state.preferences.channels.push
    assert state.policy == capped(1)
    assert state.usage[0].used == 1
    assert state.timeline[-1].text == "preferences set by ana"


async def test_refused_signals_and_their_attention_survive_a_flood_and_the_next_run(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user), send())
    handle = world.client.get_workflow_handle(actor_workflow_id(user))
    await handle.signal("message_snet", {"send_id": "S"})
    await asyncio.gather(*(handle.signal("message_sent", {"flood": number}) for number in range(200)))
    await until_continued(world, user)
    state = await eventually(lambda: world.actors.get_user_state(user), lambda state: state.refusal_count == 201)
    assert (len(state.refusals), state.attention) == (MAX_REFUSALS, SIGNAL_REFUSED)
    described = await handle.describe()
    assert described.typed_search_attributes.get(ATTENTION) == SIGNAL_REFUSED
    assert await runs(world, actor_workflow_id(user)) > 1


async def test_bounces_are_counted_once_over_many_runs_and_nothing_is_granted_afterwards(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1000))
    softs = [ReportBounce(channel=Channel.EMAIL, kind=BounceKind.SOFT, send_id=f"S{n}", by="a") for n in range(5)]
    own = [ReportBounce(channel=Channel.PUSH, kind=BounceKind.SOFT, by="a") for _ in range(4)]

    async def tell(report: ReportBounce) -> None:
        told = await world.actors.report_bounce(user, report)
        decision = await world.actors.reserve_send(start, send(channel=report.channel))
        suppressed = [each.channel for each in told.suppressions]
        assert report.channel not in suppressed or decision.rule == "suppressed on email: soft bounces"

    for told in (softs[:2], softs[1:4]):
        await asyncio.gather(*(tell(report) for report in [*told, *told, *own[:2]]))
        assert (await world.actors.get_user_state(user)).suppressions == []
    answers = await asyncio.gather(*(tell(report) for report in [*softs, *softs, *softs]))
    assert len(answers) == 15
    for _ in range(5):
        decision = await world.actors.reserve_send(start, send(transactional=True))
        assert decision.rule == "suppressed on email: soft bounces"
    await until_continued(world, user)
    state = await world.actors.get_user_state(user)
    assert [each.reason for each in state.suppressions] == ["soft bounces"]
    rows = world.store.rows(select(bounces.c.channel).where(bounces.c.user_id == user))
    assert sorted(row.channel for row in rows) == ["email"] * 5 + ["push"] * 4


@pytest.mark.parametrize("kind", ["inline", "segment"])
async def test_a_campaign_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr("workflows.campaigns.pace.BATCH", 5)
    monkeypatch.setattr("workflows.campaigns.backlog.PAGE", 30)
    segment = fresh("all")
    users = world.add_users(120, segment=segment)
    opted_out = SetPreferences(channels=ChannelConsent(email=False), by="ana")
    for user in users[::30]:
        await world.actors.set_preferences(user, opted_out)
    request = campaign(users, **({"audience": SegmentAudience(name=segment)} if kind == "segment" else {}))
    await world.campaigns.begin(request)
    control = CampaignControl(by="ana", reason="lunch")
    await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 40)
    paused = await world.campaigns.pause(request.campaign_id, control)
    assert paused.status is CampaignStatus.PAUSED
    await world.campaigns.resume(request.campaign_id, control)
    progress = await world.ended(request.campaign_id)
    assert_adds_up(progress)
    assert (progress.audience, progress.sent, progress.suppressed) == (120, 116, 4)
    assert world.faults.calls["send"] == len(world.sent) == 116
    assert sum(progress.sends_a_minute) == 116
    texts = [entry.text for entry in progress.timeline]
    assert texts[0] == "campaign created"
    assert texts[-3:] == ["paused by ana: lunch", "resumed by ana: lunch", "done"]
    assert await runs(world, f"campaign-{request.campaign_id}") > 2


async def test_a_paused_campaign_with_deferred_users_goes_on_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.campaigns.pace.BATCH", 3)
    users = world.add_users(45)
    for user in users[:4]:
        await world.actors.reserve_send(StartUserActor(user_id=user, policy=capped(1, seconds=3)), send())
    request = campaign(users, when_capped="defer")
    progress = await world.run(request)
    assert (progress.sent, progress.deferred) == (45, 0)
    assert await runs(world, f"campaign-{request.campaign_id}") > 1


async def test_an_actor_that_is_reset_when_it_was_to_continue_as_new_counts_what_it_granted(world: World) -> None:
    (user,) = world.add_users(1)
    start, limit = StartUserActor(user_id=user, policy=capped(20)), 20
    for _ in range(limit):
        assert (await world.actors.reserve_send(start, send())).decision is Decision.GRANTED
    await until_continued(world, user)
    users = SqlUsers(world.store)
    await eventually(lambda: users.user(user), lambda known: known is not None and len(known.sends) == limit)
    id_ = actor_workflow_id(user)
    description = await world.client.get_workflow_handle(id_).describe()
    first = description.raw_description.workflow_execution_info.first_run_id
    points = await reset_points(world.client, id_, run_id=first)
    for point in points[-2:]:
        await reset(world.client, id_, point, run_id=first)
        assert (await world.actors.reserve_send(start, send())).decision is Decision.DENIED
