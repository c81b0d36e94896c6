"""The rules of time zones change with a package: an actor decides with the offsets that its history holds."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowFailureError

from tests.support.campaigns import FENCE, PARIS, World, capped, quiet, send
from tests.support.eventually import eventually
from tests.support.temporal import fresh, rests
from tests.support.zone_rules import one_change, other_rules, rules_of
from workflows.campaigns.actor_state import ActorStart, ActorState, KnownSend
from workflows.campaigns.client import ACTOR_WORKFLOW_TYPE, actor_workflow_id
from workflows.campaigns.models import (
    CalendarWindow,
    CapPolicy,
    CapRule,
    Channel,
    ChannelConsent,
    Decision,
    Preferences,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)
from workflows.campaigns.sending import read_zones
from workflows.campaigns.steps import UserSettings
from workflows.campaigns.zones import OLD, TOO_OLD
from workflows.shared.errors import RefusedError
from workflows.shared.zones import RULES_VERSION

NOWHERE = "Mars/Olympus"
DAY = 86_400
BY_DAY = CapPolicy(rules=[CapRule(name="1 a day", limit=1, window=CalendarWindow(calendar="day", timezone=PARIS))])


async def test_a_granted_send_counts_when_a_worker_with_newer_rules_replays_it(client: Client, tmp_path: Path) -> None:
    world = World(client)
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1), preferences=quiet(timedelta(hours=1), timedelta(hours=8)))
    async with world.worker():
        assert (await world.actors.reserve_send(start, send())).decision is Decision.GRANTED
        before = await world.actors.get_user_state(user)
        await eventually(client.get_workflow_handle(actor_workflow_id(user)).describe, rests)
    with other_rules(tmp_path, rules_of("Asia/Karachi")):  # there the quiet hours have begun
        async with world.worker():
            after = await world.actors.get_user_state(user)
            assert after.model_dump(exclude={"usage"}) == before.model_dump(exclude={"usage"})
            assert [each.used for each in after.usage] == [1]
            await world.actors.set_preferences(user, SetPreferences(channels=ChannelConsent(), by="ana"))
            assert (await world.actors.reserve_send(start, send())).decision is Decision.DENIED


async def test_days_around_a_change_of_clocks_stay_when_other_rules_replay_them(client: Client, tmp_path: Path) -> None:
    """The clocks leap over midnight. By the other rules they do not, and it is noon: both sends are of one day."""
    world = World(client)
    (user,) = world.add_users(1)
    start, first, second = StartUserActor(user_id=user, policy=BY_DAY), send(), send()
    change = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
    to_midnight = -int(change.timestamp()) % DAY
    before = to_midnight if to_midnight < DAY // 2 else to_midnight - DAY
    with other_rules(tmp_path / "1", one_change(before, change, before + 3600)):
        async with world.worker():
            assert (await world.actors.reserve_send(start, first)).decision is Decision.GRANTED
            assert (await world.actors.reserve_send(start, second)).next_eligible_at == change
            granted = await eventually(
                lambda: world.actors.reserve_send(start, second), lambda answer: answer.decision is Decision.GRANTED
            )
            assert granted.send_id == second.send_id
            told = await world.actors.get_user_state(user)
            await eventually(client.get_workflow_handle(actor_workflow_id(user)).describe, rests)
    noon = before - DAY // 2 if before > 0 else before + DAY // 2
    with other_rules(tmp_path / "2", one_change(noon, change, noon)):
        async with world.worker():
            again = await world.actors.get_user_state(user)
            assert again == told
            assert [each.used for each in again.usage] == [1]
            assert [each.send_id for each in again.recent] == [second.send_id, first.send_id]


async def carried(world: World, age: timedelta) -> str:
    """Start an actor whose offsets were read so long ago, with a send of today, and return its user."""
    (user,) = world.add_users(1)
    now = datetime.now(UTC)
    sent = KnownSend(send_id="S", campaign_id="C", channel=Channel.EMAIL, tags=[], at=now)
    state = ActorState(
        user_id=user,
        since=now,
        timezone=PARIS,
        preferences=Preferences(),
        settings=UserSettings(policy=BY_DAY),
        fence=FENCE,
        sends=[sent],
        zones=read_zones([PARIS, "Asia/Tokyo"], now - age).model_copy(update={"version": "old"}),
    )
    await world.client.start_workflow(
        ACTOR_WORKFLOW_TYPE,
        ActorStart(user_id=user, carried=state),
        id=actor_workflow_id(user),
        task_queue=world.task_queue,
    )
    return user


async def rules_version(world: World, user: str) -> str:
    return (await world.actors.get_user_state(user)).zone_rules


async def test_old_offsets_decide_and_are_read_anew_in_the_background(world: World) -> None:
    user = await carried(world, OLD + timedelta(hours=1))
    decision = await world.actors.reserve_send(StartUserActor(user_id=user), send())
    assert decision.decision is Decision.DENIED
    await eventually(lambda: rules_version(world, user), lambda version: version == RULES_VERSION)


async def test_offsets_that_are_too_old_decide_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def note(zones: list[str], at: datetime) -> object:
        asked.append(zones)
        return read_zones(zones, at)

    monkeypatch.setattr("workflows.campaigns.activities.read_zones", note)
    user = await carried(world, TOO_OLD + timedelta(hours=1))
    decision = await world.actors.reserve_send(StartUserActor(user_id=user), send())
    assert decision.decision is Decision.DENIED
    assert asked[0] == ["Asia/Tokyo", PARIS]
    assert await rules_version(world, user) == RULES_VERSION


async def test_an_unknown_zone_is_refused_and_changes_nothing(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user, policy=BY_DAY), send())
    before = await world.actors.get_user_state(user)
    hours = quiet(timedelta(0), timedelta(hours=1)).quiet_hours
    assert hours is not None
    preferences = SetPreferences(
        channels=ChannelConsent(email=False), quiet_hours=hours.model_copy(update={"timezone": NOWHERE}), by="ana"
    )
    with pytest.raises(RefusedError, match=f"^quiet_hours.timezone: '{NOWHERE}' is not an IANA time zone; use one"):
        await world.actors.set_preferences(user, preferences)
    rule = CapRule(name="x", limit=1, window=CalendarWindow(calendar="week", timezone=NOWHERE))
    with pytest.raises(RefusedError, match=r"^policy.rules.0.window.timezone: 'Mars/Olympus' is not"):
        await world.actors.set_policy(user, SetPolicy(policy=CapPolicy(rules=[rule]), by="ana"))
    after = await world.actors.get_user_state(user)
    assert (after.policy, after.preferences, after.timeline) == (before.policy, before.preferences, before.timeline)


async def test_an_actor_does_not_start_with_an_unknown_zone(world: World) -> None:
    (user,) = world.add_users(1)
    rule = CapRule(name="x", limit=1, window=CalendarWindow(calendar="week", timezone=NOWHERE))
    with pytest.raises(RefusedError, match="'Mars/Olympus' is not an IANA time zone"):
        await world.actors.reserve_send(StartUserActor(user_id=user, policy=CapPolicy(rules=[rule])), send(fresh("S")))
    with pytest.raises(WorkflowFailureError) as failure:
        await world.client.get_workflow_handle(actor_workflow_id(user)).result()
    assert str(failure.value.cause).startswith("InvalidRequest: policy.rules.0.window.timezone: ")


async def test_a_zone_that_no_other_had_named_is_read_with_the_change(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user), send())
    await world.actors.set_policy(user, SetPolicy(policy=BY_DAY, by="ana"))
    assert (await world.actors.reserve_send(StartUserActor(user_id=user), send())).rule == "1 a day"
    assert await rules_version(world, user) == RULES_VERSION
