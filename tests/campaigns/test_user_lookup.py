"""What is known of a user who has no actor, and what another policy would have done to one."""

import pytest

from tests.support.campaigns import World, campaign, capped, send
from workflows.campaigns.bounces import BounceKind, ReportBounce
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import (
    CalendarWindow,
    CapPolicy,
    CapRule,
    Channel,
    ChannelConsent,
    Decision,
    SetPreferences,
    StartUserActor,
)
from workflows.campaigns.user_answer import LookUpUser
from workflows.shared.errors import NotFoundError, RefusedError, UnknownItemError


async def test_the_store_tells_of_a_user_without_an_actor_and_starts_none(world: World) -> None:
    (user,) = world.add_users(1)
    world.add(user, sms=False)
    state = await world.actors.known_state(user)
    assert (state.user_id, state.has_actor, state.recent) == (user, False, [])
    assert [(each.channel, each.state, each.since) for each in state.consent] == [
        ("email", "subscribed", None),
        ("sms", "unsubscribed", None),
        ("push", "subscribed", None),
    ]
    assert [each.rule for each in state.outlook] == [None, "opted out of sms", None]
    assert [(rule.used, rule.limit) for rule in state.usage] == [(0, 2), (0, 2), (0, 2), (0, 5)]
    assert (await world.actors.known_decision(user, send())).decision is Decision.GRANTED
    assert (await world.actors.known_decision(user, send(channel=Channel.SMS))).rule == "opted out of sms"
    with pytest.raises(NotFoundError):
        await world.actors.get_user_state(user)


async def test_the_store_tells_the_same_of_an_actor_that_was_lost(world: World) -> None:
    (user,) = world.add_users(1)
    await world.run(campaign([user]))
    change = SetPreferences(channels=ChannelConsent(push=False), by="ana")
    before = await world.actors.set_preferences(user, change)
    await world.client.get_workflow_handle(actor_workflow_id(user)).terminate()
    after = await world.actors.known_state(user)
    assert (before.has_actor, after.has_actor) == (True, False)
    assert [each.send_id for each in after.recent] == [each.send_id for each in before.recent] != []
    assert after.consent == before.consent
    assert (after.consent[2].state, after.consent[2].source) == ("unsubscribed", "ana")
    assert [(rule.rule, rule.used) for rule in after.usage] == [(rule.rule, rule.used) for rule in before.usage]
    assert [each.send_id for each in after.usage[0].filled_by] == [before.recent[0].send_id]


async def test_a_user_who_is_not_known_is_named_with_those_who_may_be_meant(world: World) -> None:
    (user,) = world.add_users(1)
    for ask in (world.actors.known_state, lambda who: world.actors.known_decision(who, send())):
        with pytest.raises(UnknownItemError, match=f"there is no user {user}x: did you mean .*{user}"):
            await ask(f"{user}x")
    with pytest.raises(UnknownItemError, match=f"there is no user {user}x"):
        await world.actors.reserve_send(StartUserActor(user_id=f"{user}x"), send())


async def test_a_policy_is_tried_on_what_was_sent(world: World) -> None:
    (user,) = world.add_users(1)
    for _ in range(2):
        await world.run(campaign([user]))
    words = await world.actors.preview_policy(user, capped(1))
    assert words.startswith("of 2 sends in the last 30 days 1 would have been refused: 1 in 86400 s 1")
    assert "full at once: 1 in 86400 s (2 of 1)" in words
    assert "none would have been refused; no cap is full now" in await world.actors.preview_policy(user, capped(3))
    words = await world.actors.preview_policy(user, None)
    assert words.startswith("follows the default policy again; of 2 sends in the last 30 days none would have been")
    assert "without rules every message may go" in await world.actors.preview_policy(user, CapPolicy(rules=[]))
    window = CalendarWindow(calendar="day", timezone="Mars/Olympus")
    mars = CapPolicy(rules=[CapRule(name="a day", limit=1, window=window)])
    with pytest.raises(RefusedError, match=r"policy\.rules\.0\.window\.timezone: .*Mars/Olympus"):
        await world.actors.preview_policy(user, mars)
    assert (await world.actors.get_user_state(user)).policy != capped(3)


async def test_a_refusal_says_which_sends_fill_the_cap_and_until_when(world: World) -> None:
    (user,) = world.add_users(1)
    first, second = send(), send()
    start = StartUserActor(user_id=user, policy=capped(1))
    await world.actors.reserve_send(start, first)
    refused = await world.actors.reserve_send(start, second)
    state = await world.actors.known_state(user)
    latest = state.decisions[0]
    assert (latest.send_id, latest.rule) == (second.send_id, "1 in 86400 s")
    assert latest.next_eligible_at == refused.next_eligible_at == state.usage[0].resets_at
    assert [each.send_id for each in state.usage[0].filled_by] == [first.send_id]
    assert not any(each.allowed for each in state.outlook)


async def test_consent_says_who_set_it_and_which_address_is_suppressed(world: World) -> None:
    (user,) = world.add_users(1)
    off = SetPreferences(channels=ChannelConsent(sms=False), by="ana")
    await world.actors.set_preferences(user, off)
    report = ReportBounce(channel=Channel.EMAIL, kind=BounceKind.HARD, by="smtp")
    bounced = await world.actors.report_bounce(user, report)
    stored = (await world.actors.look_up(LookUpUser(user_id=user))).state
    assert stored is not None
    for state in (bounced, await world.actors.known_state(user), stored):
        told = {each.channel.value: (each.state, each.source) for each in state.consent}
        assert told == {
            "email": ("suppressed", "hard bounce, smtp"),
            "sms": ("unsubscribed", "ana"),
            "push": ("subscribed", "the list of users"),
        }
        assert [each.rule for each in state.outlook][:2] == ["suppressed on email: hard bounce", "opted out of sms"]
    world.add(user, push=False)
    [*_, push] = (await world.actors.known_state(user)).consent
    assert (push.state, push.source, push.since) == ("unsubscribed", "the list of users", None)
