"""A campaign: everyone of its audience ends in one of the outcomes, and nobody gets a message twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from temporalio.client import WorkflowFailureError

from tests.support.campaigns import World, assert_adds_up, campaign, capped, running, send
from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workflows.campaigns.activities import MAX_CONCURRENT_SENDS
from workflows.campaigns.audience_models import FindAudience
from workflows.campaigns.models import (
    CampaignControl,
    CampaignStatus,
    Channel,
    SegmentAudience,
    SetPolicy,
    StartUserActor,
    Template,
)
from workflows.campaigns.pace import LANES, RateLimiter
from workflows.shared.errors import AlreadyExistsError, RefusedError

CLOCK_STEP = timedelta(milliseconds=2)
"""By how much two readings of the clock may be wrong."""
ANA = CampaignControl(by="ana", reason="too early")


async def test_everyone_gets_the_message_once(world: World) -> None:
    users = world.add_users(60)
    request = campaign([*users, users[0]])
    progress = await world.run(request)
    assert (progress.status, progress.audience, progress.sent) == (CampaignStatus.DONE, 60, 60)
    assert_adds_up(progress)
    assert sorted(message.user_id for message in world.sent.values()) == users
    message = world.sent[f"{request.campaign_id}:{users[7]}"]
    assert (message.subject, message.body) == ("Spring", f"Hello {users[7]}")
    assert message.address == f"{users[7]}@example.com"
    assert sum(progress.sends_a_minute) == 60
    assert [outcome.outcome for outcome in progress.recent] == ["sent"] * 50


async def test_every_outcome_has_its_count_and_its_rule(world: World) -> None:
    fine, full, opted_out, rejected = world.add_users(4)
    (no_phone,) = world.add_users(1)
    world.add(fine, full, phone="+12025550101")
    world.add(opted_out, phone="+12025550101", sms=False)
    world.add(rejected, phone="555")
    (neither,) = world.add_users(1)
    world.add(neither, sms=False)
    await world.actors.reserve_send(StartUserActor(user_id=full, policy=capped(1)), send())
    progress = await world.run(
        campaign([fine, full, opted_out, rejected, no_phone, neither, "USER-999"], channel=Channel.SMS)
    )
    assert (progress.sent, progress.capped, progress.suppressed, progress.failed) == (1, 1, 2, 3)
    assert_adds_up(progress)
    assert {(each.outcome, each.reason): each.users for each in progress.reasons} == {
        ("capped", "1 in 86400 s"): 1,
        ("suppressed", "opted out of sms"): 2,
        ("failed", "… is not an international telephone number"): 1,
        ("failed", "no address for sms"): 1,
        ("failed", "there is no user …"): 1,
    }
    reasons = {outcome.user_id: outcome.rule for outcome in progress.recent if outcome.outcome == "failed"}
    assert reasons == {
        rejected: "'555' is not an international telephone number",
        no_phone: "no address for sms",
        "USER-999": "there is no user USER-999",
    }
    assert (await world.actors.get_user_state(rejected)).recent == []


async def test_a_deferred_user_gets_the_message_when_the_cap_allows_it(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user, policy=capped(1, seconds=3)), send())
    request = campaign([user], when_capped="defer")
    await world.campaigns.begin(request)
    waiting = await world.progress_when(request.campaign_id, lambda progress: progress.deferred == 1)
    assert (waiting.status, waiting.sent) == (CampaignStatus.RUNNING, 0)
    [why] = waiting.reasons
    assert (why.outcome, why.reason, why.users) == ("deferred", "1 in 3 s", 1)
    assert why.next_at is not None
    assert why.next_at == why.last_at
    progress = await world.ended(request.campaign_id)
    assert (progress.sent, progress.deferred, progress.reasons) == (1, 0, [])


async def test_a_deferred_user_expires(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user, policy=capped(1)), send())
    request = campaign([user], when_capped="defer", expires_at=datetime.now(UTC) + timedelta(seconds=3))
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, lambda progress: progress.deferred == 1)
    progress = await world.ended(request.campaign_id)
    assert (progress.status, progress.expired, progress.deferred, progress.sent) == (CampaignStatus.DONE, 1, 0, 0)


async def test_transactional_campaigns_pass_the_caps(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.set_policy(user, SetPolicy(policy=capped(0), by="ana"))
    request = campaign([user], transactional=True)
    assert (await world.run(request)).sent == 1


async def test_answers_that_got_lost_cost_nobody_a_second_message_or_place(world: World) -> None:
    users = world.add_users(6)
    world.faults.lose_answers(f"send/{users[0]}", 1)
    world.faults.lose_answers(f"send/{users[1]}", 2)
    world.faults.fail(f"send/{users[2]}", 2)
    request = campaign(users)
    progress = await world.run(request)
    assert (progress.sent, progress.failed) == (6, 0)
    assert len(world.sent) == 6
    for user in users:
        state = await world.actors.get_user_state(user)
        assert [each.send_id for each in state.recent] == [f"{request.campaign_id}:{user}"]


async def test_while_nothing_gets_through_the_campaign_says_so_and_can_be_paused(world: World) -> None:
    users = world.add_users(3)
    for user in users:
        world.faults.fail(f"send/{user}", 3)
    request = campaign(users)
    await world.campaigns.begin(request)
    await eventually(
        lambda: world.campaigns.get_summary(f"campaign-{request.campaign_id}"),
        lambda summary: summary.attention == "provider_failing",
    )
    paused = await world.campaigns.pause(request.campaign_id, ANA)
    assert paused.status is CampaignStatus.PAUSED
    await world.campaigns.resume(request.campaign_id, ANA)
    progress = await world.ended(request.campaign_id)
    assert progress.sent == 3
    assert any("nothing gets through" in entry.text for entry in progress.timeline)


@pytest.fixture
def fifty_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the batches under way have 50 users, and send to all of them however slow the machine."""
    monkeypatch.setattr("workflows.campaigns.pace.BATCH", 50 // LANES)
    monkeypatch.setattr("workflows.campaigns.pace.BATCH_SECONDS", 60)


@pytest.mark.usefixtures("fifty_at_once")
async def test_pause_holds_resume_goes_on_and_repeats_are_refused(world: World) -> None:
    users = world.add_users(120)
    world.faults.hold("send")
    request = campaign(users)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    actions = {each.name: each for each in await world.campaigns.get_actions(f"campaign-{request.campaign_id}")}
    assert actions["cancel"].effect == "stops 120 pending sends for good"
    assert actions["resume"].reason == "the campaign is not paused"
    paused = await world.campaigns.pause(request.campaign_id, ANA)
    assert (paused.status, paused.reason) == (CampaignStatus.PAUSED, "too early")
    with pytest.raises(RefusedError, match="paused already") as refusal:
        await world.campaigns.pause(request.campaign_id, ANA)
    assert refusal.value.kind == "AlreadyPaused"
    world.faults.let_go("send")
    held = await world.progress_when(request.campaign_id, lambda progress: progress.sent >= 50)
    assert (held.sent, held.pending, held.status) == (50, 70, CampaignStatus.PAUSED)
    resumed = await world.campaigns.resume(request.campaign_id, ANA)
    assert resumed.status is CampaignStatus.RUNNING
    with pytest.raises(RefusedError, match="not paused"):
        await world.campaigns.resume(request.campaign_id, ANA)
    assert (await world.ended(request.campaign_id)).sent == 120


@pytest.mark.usefixtures("fifty_at_once")
async def test_cancel_stops_what_is_pending_for_good(world: World) -> None:
    users = world.add_users(120)
    world.faults.hold("send")
    request = campaign(users)
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    await world.campaigns.pause(request.campaign_id, ANA)
    cancelled = await world.campaigns.cancel(request.campaign_id, ANA)
    assert cancelled.status is CampaignStatus.CANCELLED
    world.faults.let_go("send")
    progress = await world.ended(request.campaign_id)
    assert (progress.status, progress.sent, progress.pending) == (CampaignStatus.CANCELLED, 50, 70)
    assert progress.timeline[-1].text == "cancelled by ana: too early"
    again = await world.campaigns.get_progress(request.campaign_id)
    assert (again.sent, again.audience) == (50, 120)
    assert not any(action.enabled for action in again.actions)


async def test_a_batch_whose_time_is_over_leaves_the_others_to_later_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.campaigns.pace.BATCH_SECONDS", 0)
    users = world.add_users(2 * MAX_CONCURRENT_SENDS * LANES)
    progress = await world.run(campaign(users))
    assert (progress.sent, len(world.sent)) == (len(users), len(users))
    assert world.faults.calls["users"] >= 2 * LANES


async def test_a_segment_is_read_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.campaigns.workflow.PAGE", 20)
    segment = fresh("newsletter")
    world.add_users(60, segment=segment)
    progress = await world.run(campaign(["x"], audience=SegmentAudience(name=segment)))
    assert (progress.audience, progress.sent) == (60, 60)
    assert world.faults.calls["segment_page"] == 4


async def test_a_segment_and_users_that_are_not_known_are_refused_with_the_nearest(world: World) -> None:
    world.add("ada", "eve", segment="newsletter")
    with pytest.raises(
        RefusedError, match=r"^audience\.name: there is no segment newsleter: did you mean newsletter\?$"
    ):
        await world.campaigns.start(campaign(["x"], audience=SegmentAudience(name="newsleter")))
    for user_ids, said in {
        ("adda",): "there is no user adda: did you mean ada?",
        ("x1", "x2"): "2 of 2 users are not known (x1, x2)",
    }.items():
        request = campaign(user_ids)
        for ask in (world.campaigns.preview, world.campaigns.start):
            with pytest.raises(RefusedError) as refused:
                await ask(request)
            assert (str(refused.value), refused.value.kind) == (f"audience.user_ids: {said}", "UnknownUser")
    assert not world.sent


async def test_users_who_are_not_known_are_said_before_and_noted_after_the_start(world: World) -> None:
    world.add("ada", "eve", segment="newsletter")
    request = campaign(["ada", "evee", "zed", "ada"])
    said = "2 of 3 users are not known (evee, zed): did you mean eve?"
    assert await world.campaigns.preview(request) == f"sends to 1 user; {said}"
    progress = await world.run(request)
    assert (progress.sent, progress.failed) == (1, 2)
    assert f"{said}; they will count as failed" in [entry.text for entry in progress.timeline]
    segment = campaign(["x"], audience=SegmentAudience(name="newsletter"))
    assert await world.campaigns.preview(segment) == "sends to 2 users of segment newsletter"
    known = await world.campaigns.look_up_audience(FindAudience())
    assert (known.segments, known.users) == (["newsletter"], ["ada", "eve"])


async def test_an_unknown_segment_ends_the_campaign_with_one_line_and_its_id_can_be_used_again(world: World) -> None:
    right = campaign(world.add_users(1))
    wrong = right.model_copy(update={"audience": SegmentAudience(name="nowhere")})
    with pytest.raises(RefusedError, match=r"^audience\.name: there is no segment nowhere$") as refused:
        await world.campaigns.start(wrong)
    assert refused.value.kind == "UnknownSegment"
    with pytest.raises(WorkflowFailureError) as failure:
        await world.ended(right.campaign_id)
    assert str(failure.value.cause) == "UnknownSegment: there is no segment nowhere"
    await world.campaigns.start(right)
    with pytest.raises(AlreadyExistsError):
        await world.campaigns.start(right)


async def test_the_rate_is_never_exceeded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[datetime] = []
    acquire = RateLimiter.acquire

    async def take_turn(limiter: RateLimiter) -> None:
        await acquire(limiter)
        assert limiter.not_before is not None
        turns.append(limiter.not_before)

    monkeypatch.setattr(RateLimiter, "acquire", take_turn)
    users = world.add_users(30)
    progress = await world.run(campaign(users, max_sends_per_second=15))
    assert (progress.sent, len(turns)) == (30, 30)
    gap = timedelta(seconds=1 / 15)
    assert all(later - earlier >= gap - CLOCK_STEP for earlier, later in pairwise(turns))
    for turn, message in zip(turns, world.sent.values(), strict=True):
        assert message.sent_at.replace(tzinfo=UTC) >= turn - gap - CLOCK_STEP
    assert turns[-1] - turns[0] < 5 * 29 * gap


async def test_a_slow_rate_waits_in_the_server(world: World) -> None:
    users = world.add_users(2)
    request = campaign(users, max_sends_per_second=0.7)
    await world.run(request)
    first, second = (message.sent_at for message in world.sent.values())
    assert second - first > timedelta(seconds=1.2)
    history = await world.client.get_workflow_handle(f"campaign-{request.campaign_id}").fetch_history()
    assert any(event.HasField("timer_fired_event_attributes") for event in history.events)


async def test_templates_are_text(world: World) -> None:
    (user,) = world.add_users(1)
    await world.run(campaign([user], template=Template(body="{user_id.__class__} [b]{0}[/b] {user_id}")))
    (message,) = world.sent.values()
    assert (message.subject, message.body) == ("Spring sale", f"{{user_id.__class__}} [b]{{0}}[/b] {user}")
