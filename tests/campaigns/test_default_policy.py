"""The default policy: which one holds when, and how actors that live, or are asked meanwhile, come to follow it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.campaigns import World, campaign, capped, send
from tests.support.eventually import eventually
from tests.support.profiles import examples
from workers.store.default_policies import add_revision, known_defaults
from workers.store.types import utc_now
from workers.store.users import SqlUsers
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.default_policy import DefaultPolicy, default_at, from_then_on, latest_revision
from workflows.campaigns.models import CapPolicy, Decision, SetPolicy, StartUserActor
from workflows.campaigns.sending import record_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

histories = st.lists(st.integers(0, 100), max_size=8).map(
    lambda minutes: [
        DefaultPolicy(revision=number, policy=capped(number), effective_from=NOW + each * MINUTE)
        for number, each in enumerate(minutes, start=1)
    ]
)
moments = st.integers(-5, 110).map(lambda minutes: NOW + minutes * MINUTE)


@examples(100, far=5_000, shrinks=True)
@given(histories, moments, moments)
def test_what_holds_never_goes_back(known: list[DefaultPolicy], one: datetime, other: datetime) -> None:
    first, second = (default_at(known, moment) for moment in sorted([one, other]))
    assert latest_revision([each for each in [first] if each]) <= latest_revision([each for each in [second] if each])


@examples(100, far=5_000, shrinks=True)
@given(histories, moments, moments)
def test_what_is_left_out_never_holds_again(known: list[DefaultPolicy], since: datetime, later: datetime) -> None:
    kept = from_then_on(known, since)
    assert default_at(kept, max(since, later)) == default_at(known, max(since, later))
    assert [each.effective_from for each in kept] == sorted({each.effective_from for each in kept})
    assert latest_revision(kept) == latest_revision(known)


def revise(world: World, policy: CapPolicy, effective_from: datetime | None = None) -> DefaultPolicy:
    """Set the default policy, from now on unless a moment is named."""
    revision = latest_revision(world.store.run(known_defaults)) + 1
    default = DefaultPolicy(revision=revision, policy=policy, effective_from=effective_from or utc_now())
    world.store.run(add_revision, default, "ana")
    return default


async def reserve(world: World, user_id: str) -> Decision:
    """Ask as another system, which knows no revisions."""
    return (await world.actors.reserve_send(StartUserActor(user_id=user_id), send())).decision


async def test_a_living_actor_follows_with_its_next_reservation(world: World) -> None:
    [user_id, other] = world.add_users(2)
    assert (await world.run(campaign([user_id, other]))).sent == 2
    await world.actors.set_policy(other, SetPolicy(policy=capped(5), by="ana"))
    revise(world, capped(1))
    progress = await world.run(campaign([user_id, other]))
    assert (progress.sent, [each.reason for each in progress.reasons]) == (1, ["1 in 86400 s"])
    revise(world, capped(2))
    assert (await world.run(campaign([user_id]))).sent == 1
    state = await world.actors.get_user_state(user_id)
    assert (state.default_revision, state.policy) == (2, capped(2))
    state = await world.actors.set_policy(other, SetPolicy(policy=None, by="ana"))
    assert (state.default_revision, state.policy) == (2, capped(2))


async def test_other_senders_are_granted_nothing_by_an_earlier_policy(world: World) -> None:
    [user_id] = world.add_users(1)
    assert await reserve(world, user_id) is Decision.GRANTED
    revise(world, capped(1), utc_now() - MINUTE)  # by whatever clock, it holds
    asked = await world.actors.can_send(user_id, send())
    assert (asked.decision, asked.rule) == (Decision.DENIED, "1 in 86400 s")
    assert await reserve(world, user_id) is Decision.DENIED


async def test_a_planned_policy_holds_from_its_moment_on(world: World) -> None:
    [user_id] = world.add_users(1)
    revise(world, capped(0), utc_now() + timedelta(days=1))
    begins = utc_now() + timedelta(seconds=2)
    revise(world, capped(1), begins)
    assert await reserve(world, user_id) is Decision.GRANTED
    assert await reserve(world, user_id) is Decision.GRANTED
    state = await eventually(lambda: world.actors.get_user_state(user_id), lambda state: state.default_revision == 2)
    assert utc_now() >= begins
    assert state.policy == capped(1)
    assert await reserve(world, user_id) is Decision.DENIED


@pytest.mark.parametrize(("since", "sent"), [(-1, 0), (0, 1)])
async def test_a_grant_by_a_policy_that_held_no_more_lets_nothing_go_out(world: World, since: int, sent: int) -> None:
    """The store learns of the policy while a granted message is on its way to it."""
    [user_id] = world.add_users(1)
    name, request = f"send/{user_id}", campaign([user_id])
    world.faults.hold(name)
    await world.campaigns.begin(request)
    await eventually(lambda: asyncio.sleep(0, world.faults.calls[name]), lambda calls: calls == 1)
    revise(world, capped(0), utc_now() + since * MINUTE)
    world.faults.let_go(name)
    progress = await world.ended(request.campaign_id)
    assert (progress.sent, progress.capped) == (sent, 1 - sent)


@pytest.mark.parametrize("round_", range(3))
async def test_no_message_is_granted_by_a_policy_that_holds_no_more(world: World, round_: int) -> None:
    """Campaigns, other senders, lost actors and changes of the policy at once."""
    user_ids = world.add_users(6)
    revise(world, capped(10))
    requests = [campaign(user_ids, priority=number) for number in range(6)]
    running = [asyncio.create_task(world.run(request)) for request in requests]
    changed = []
    for limit in (4, 2, 3, 1):
        others = [reserve(world, user_id) for user_id in user_ids]
        lost = world.client.get_workflow_handle(actor_workflow_id(user_ids[(limit + round_) % 6]))
        await asyncio.gather(*others, lost.terminate(), return_exceptions=True)
        changed.append(revise(world, capped(limit)))
    await asyncio.gather(*running)
    for user_id in user_ids:
        user = await SqlUsers(world.store).user(user_id)
        assert user is not None
        record = record_of(user, utc_now())
        for number, each in enumerate(record.sends):
            holding = default_at(changed, each.at)
            limit = holding.policy.rules[0].limit if holding else 10
            assert number < limit, (each, holding)


async def test_a_revision_that_the_store_does_not_know_is_asked_for_once(world: World) -> None:
    [user_id] = world.add_users(1)
    start, request = StartUserActor(user_id=user_id), send(default_revision=7)
    assert (await world.actors.reserve_send(start, request)).decision is Decision.GRANTED
    assert world.faults.calls["claim"] == 2
