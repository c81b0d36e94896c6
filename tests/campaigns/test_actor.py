"""The actor of one user: decides and counts in one step, whoever asks."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.campaigns import World, capped, send
from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workflows.campaigns.models import Channel, Decision, MessageSent, SendDecision, SendRequest, StartUserActor
from workflows.shared.errors import NotFoundError, RefusedError


async def reserve(world: World, user_id: str, request: SendRequest) -> SendDecision:
    return await world.actors.reserve_send(StartUserActor(user_id=user_id), request)


async def test_grants_up_to_the_default_caps_and_then_names_the_rule(world: World) -> None:
    (user,) = world.add_users(1)
    first = datetime.now(UTC)
    assert [(await reserve(world, user, send())).decision for _ in range(2)] == [Decision.GRANTED] * 2
    refused = await reserve(world, user, send())
    assert (refused.decision, refused.rule) == (Decision.DENIED, "2 a day on email")
    assert refused.next_eligible_at is not None
    assert timedelta(0) <= refused.next_eligible_at - first - timedelta(days=1) < timedelta(seconds=30)
    assert (await reserve(world, user, send(channel=Channel.SMS))).decision is Decision.GRANTED


async def test_concurrent_senders_never_get_more_than_the_cap(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(3))

    async def ask() -> Decision:
        return (await world.actors.reserve_send(start, send())).decision

    decisions = await asyncio.gather(*(ask() for _ in range(24)))
    assert decisions.count(Decision.GRANTED) == 3
    assert decisions.count(Decision.DENIED) == 21
    state = await world.actors.get_user_state(user)
    assert [(each.used, each.limit) for each in state.usage] == [(3, 3)]


async def test_a_refused_send_is_decided_anew_when_asked_again(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1, seconds=1))
    request = send()
    await world.actors.reserve_send(start, send())
    decision = await world.actors.reserve_send(start, request)
    assert decision.decision is Decision.DENIED
    await eventually(
        lambda: world.actors.reserve_send(start, request), lambda answer: answer.decision is Decision.GRANTED
    )


async def test_can_send_answers_as_reserve_send_and_reserves_nothing(world: World) -> None:
    (user,) = world.add_users(1)
    start = StartUserActor(user_id=user, policy=capped(1, seconds=1))
    first = send()
    await world.actors.reserve_send(start, first)
    assert (await world.actors.can_send(user, first)).decision is Decision.DUPLICATE
    assert (await world.actors.can_send(user, send())).decision is Decision.DENIED
    await eventually(lambda: world.actors.can_send(user, send()), lambda answer: answer.decision is Decision.GRANTED)
    assert (await world.actors.get_user_state(user)).usage[0].used == 0


async def test_preferences_and_zone_come_from_the_directory(world: World) -> None:
    (user,) = world.add_users(1)
    world.add(user, zone="Europe/Paris")
    world.faults.fail("user", 1)
    await reserve(world, user, send())
    state = await world.actors.get_user_state(user)
    assert state.timezone == "Europe/Paris"
    assert [action.name for action in await world.actors.get_actions(f"user-actor-{user}")] == [
        "set_preferences",
        "set_policy",
        "report_bounce",
    ]
    summary = await world.actors.get_summary(f"user-actor-{user}")
    assert (summary.stage, summary.owner, summary.note) == ("ACTIVE", user, "all channels")


async def test_an_unknown_user_is_refused_and_welcome_once_imported(world: World) -> None:
    user = fresh("NOBODY")
    with pytest.raises(RefusedError, match=f"^there is no user {user}$"):
        await reserve(world, user, send())
    await world.actors.message_sent(user, MessageSent(send_id="A", campaign_id="C", channel=Channel.SMS))
    handle = world.client.get_workflow_handle(f"user-actor-{user}")
    await eventually(handle.describe, lambda described: described.close_time)
    world.add(user)
    assert (await reserve(world, user, send())).decision is Decision.GRANTED


async def test_asking_an_actor_that_does_not_exist(world: World) -> None:
    with pytest.raises(NotFoundError, match="there is no user actor"):
        await world.actors.can_send(fresh("U"), send())
