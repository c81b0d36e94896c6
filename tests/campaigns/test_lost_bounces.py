"""Bounces outlive whatever heard of them: an actor that is reset or terminated loses none, and revives none."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from tests.support.campaigns import World, campaign, capped, send
from tests.support.eventually import eventually
from tests.support.resets import ALL, NOTHING, Reapply, reset, reset_points
from workers.store.consent_schema import bounces
from workers.store.users import SqlUsers
from workflows.campaigns.bounces import BounceKind, ReportBounce
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import (
    Channel,
    ChannelConsent,
    Decision,
    QuietHours,
    SetPreferences,
    StartUserActor,
)
from workflows.shared.errors import CallError

SOFT_LIMIT = 5


def report(send_id: str, kind: BounceKind = BounceKind.HARD) -> ReportBounce:
    return ReportBounce(channel=Channel.EMAIL, kind=kind, send_id=send_id, by="postmaster")


def kept(world: World) -> Sequence[tuple[str, str]]:
    """Return the reports that the store has, by kind and message."""
    rows = world.store.rows(select(bounces.c.kind, bounces.c.bounce_key))
    return sorted((row.kind, row.bounce_key) for row in rows)


async def called(world: World, times: int) -> None:
    """Wait until reports have come to the store so often."""
    await eventually(lambda: world.faults.calls["save_bounce"] >= times)


async def until_told(world: World, user_id: str, said: ReportBounce) -> None:
    """Report until an actor answers, as providers do."""
    await eventually(lambda: world.actors.report_bounce(user_id, said), lambda _: True, ignoring=(CallError,))


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
@pytest.mark.parametrize("given_back", [False, True])
async def test_a_reset_at_any_point_loses_no_report_and_revives_none(
    world: World,
    reapply: Reapply,
    given_back: bool,  # noqa: FBT001 - a case
) -> None:
    [user_id] = world.add_users(1)
    start, id_ = StartUserActor(user_id=user_id, policy=capped(100)), actor_workflow_id(user_id)
    granted = await world.actors.reserve_send(start, send("A", recorded=True))
    await world.actors.report_bounce(user_id, report("S-1", BounceKind.SOFT))
    await world.actors.report_bounce(user_id, report("S-2", BounceKind.COMPLAINT))
    if given_back:
        back = SetPreferences(channels=ChannelConsent(email=True), by="ana")
        await world.actors.set_preferences(user_id, back)
    before, known = kept(world), await SqlUsers(world.store).user(user_id)
    assert known is not None
    assert bool(known.suppressions) is not given_back
    assert granted.fence is not None
    run = (await world.client.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(world.client, id_):
        await reset(world.client, id_, point, reapply=reapply, run_id=run)
        decision = await world.actors.reserve_send(start, send())
        assert decision.rule == (None if given_back else "suppressed on email: complaint")
        state = await world.actors.get_user_state(user_id)
        assert bool(state.suppressions) is not given_back
        assert state.preferences.channels.email is given_back
        assert kept(world) == before
        if not given_back:
            old = send("A", recorded=True, refused_fence=granted.fence.token)
            assert (await world.actors.reserve_send(start, old)).decision is Decision.DENIED


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
@pytest.mark.parametrize("no_more", ["bounce", "complaint", "opt-out"])
@pytest.mark.parametrize("waits", [False, True])
async def test_a_reset_at_any_point_gives_back_nothing_that_was_given_before(
    world: World,
    reapply: Reapply,
    no_more: str,
    waits: bool,  # noqa: FBT001 - whether it waits for the rules of a time zone
) -> None:
    [user_id] = world.add_users(1)
    start, id_ = StartUserActor(user_id=user_id, policy=capped(100)), actor_workflow_id(user_id)
    await world.actors.reserve_send(start, send())
    consent, hours = ChannelConsent(email=True), QuietHours(start="00:00", end="00:01", timezone="Asia/Tokyo")
    given = {"channels": consent, "by": "ana", **({"quiet_hours": hours} if waits else {})}
    await world.actors.set_preferences(user_id, SetPreferences.model_validate(given))
    if no_more == "opt-out":
        change = SetPreferences(channels=ChannelConsent(email=False), by="ana")
        await world.actors.set_preferences(user_id, change)
    else:
        kind = BounceKind.HARD if no_more == "bounce" else BounceKind.COMPLAINT
        await world.actors.report_bounce(user_id, report("S-1", kind))
    run = (await world.client.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(world.client, id_):
        await reset(world.client, id_, point, reapply=reapply, run_id=run)
        decision = await world.actors.reserve_send(start, send())
        assert decision.decision is Decision.DENIED
        assert not (await world.actors.get_user_state(user_id)).preferences.channels.email


async def test_a_report_whose_actor_is_reset_while_the_store_keeps_it_counts_once(world: World) -> None:
    [user_id] = world.add_users(1)
    start, id_ = StartUserActor(user_id=user_id), actor_workflow_id(user_id)
    await world.actors.reserve_send(start, send())
    for number in range(SOFT_LIMIT):
        world.faults.hold("save_bounce")
        calls = world.faults.calls["save_bounce"]
        telling = asyncio.create_task(until_told(world, user_id, report(f"S-{number}", BounceKind.SOFT)))
        await called(world, calls + 1)
        await reset(world.client, id_, (await reset_points(world.client, id_))[0], reapply=NOTHING)
        world.faults.let_go("save_bounce")
        await telling
        assert kept(world) == [("soft", f"S-{each}") for each in range(number + 1)]
    decision = await world.actors.reserve_send(start, send())
    assert decision.rule == "suppressed on email: soft bounces"
    assert (await world.run(campaign([user_id], transactional=True))).suppressed == 1
