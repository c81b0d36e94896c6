"""Consent: a change names what it changes, an opt-out outlives its actor, and an import reaches living actors."""

from typing import Any

import pytest

from tests.support.campaigns import World, campaign, send
from tests.support.temporal import fresh
from workers.store.users import upsert_users
from workflows.campaigns.client import actor_workflow_id
from workflows.campaigns.models import (
    ChannelConsent,
    Decision,
    Preferences,
    QuietHours,
    SetPreferences,
    StartUserActor,
    UserState,
)
from workflows.campaigns.ports import User

QUIET = QuietHours(start="22:00", end="07:00", timezone="Europe/Paris")
OFF = ChannelConsent(email=False)


def imported(world: World, user_id: str, *, resubscribe: bool = False, **channels: bool) -> None:
    """Import a user, with consent to all channels but those that are False."""
    preferences = Preferences(channels=ChannelConsent(**channels))
    user = User(user_id, f"{user_id}@example.com", "", "UTC", preferences)
    world.store.run(lambda connection: upsert_users(connection, [(user, [])], resubscribe=resubscribe))


async def change(world: World, user_id: str, **named: Any) -> UserState:  # noqa: ANN401 - any field
    return await world.actors.set_preferences(user_id, SetPreferences(**named, by="ana"))


def accepted(state: UserState) -> tuple[ChannelConsent, QuietHours | None]:
    return state.preferences.channels, state.preferences.quiet_hours


async def test_a_change_changes_what_it_names(world: World) -> None:
    [user_id] = world.add_users(1)
    await change(world, user_id, channels={"email": False})
    await change(world, user_id, quiet_hours=QUIET)
    state = await change(world, user_id, channels={"sms": False})
    assert accepted(state) == (ChannelConsent(email=False, sms=False), QUIET)
    state = await change(world, user_id, channels={"email": True}, quiet_hours=None)
    assert accepted(state) == (ChannelConsent(sms=False), None)


async def test_other_clients_name_what_they_change_in_json(world: World) -> None:
    [user_id] = world.add_users(1)
    await change(world, user_id, quiet_hours=QUIET)
    handle = world.client.get_workflow_handle(actor_workflow_id(user_id))
    await handle.execute_update("set_preferences", {"channels": {"push": False}, "by": "ana"})
    state = await world.actors.get_user_state(user_id)
    assert accepted(state) == (ChannelConsent(push=False), QUIET)


async def test_an_opt_out_outlives_its_actor(world: World) -> None:
    [user_id] = world.add_users(1)
    await change(world, user_id, channels=OFF)
    await world.client.get_workflow_handle(actor_workflow_id(user_id)).terminate()
    progress = await world.run(campaign([user_id]))
    assert (progress.suppressed, progress.sent) == (1, 0)


@pytest.mark.parametrize("sender", ["campaign", "other"])
async def test_an_import_reaches_a_living_actor(world: World, sender: str) -> None:
    [user_id] = world.add_users(1)
    assert (await world.run(campaign([user_id]))).sent == 1
    imported(world, user_id, email=False)
    if sender == "campaign":
        progress = await world.run(campaign([user_id]))
        assert (progress.suppressed, progress.sent) == (1, 0)
    else:
        decision = await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
        assert (decision.decision, decision.rule) == (Decision.DENIED, "opted out of email")


async def test_can_send_knows_an_import_at_once(world: World) -> None:
    [user_id] = world.add_users(1)
    actor = StartUserActor(user_id=user_id)
    await world.actors.reserve_send(actor, send())
    assert (await world.actors.can_send(user_id, send())).decision is Decision.GRANTED
    imported(world, user_id, email=False)
    answer = await world.actors.can_send(user_id, send())
    assert (answer.decision, answer.rule) == (Decision.DENIED, "opted out of email")
    assert not (await world.actors.get_user_state(user_id)).preferences.channels.email
    assert (await world.actors.reserve_send(actor, send())).decision is Decision.DENIED


async def test_can_send_says_nothing_while_the_store_is_silent(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    world.faults.fail("limits", 3)
    assert (await world.actors.can_send(user_id, send())).decision is Decision.GRANTED  # asked again until it answers
    assert world.faults.calls["limits"] == 4


async def test_can_send_knows_the_opt_out_of_another_user_with_the_same_mailbox(world: World) -> None:
    [user_id] = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user_id), send())
    other = User(fresh("U"), f"{user_id}@EXAMPLE.com", "", "UTC", Preferences(channels=OFF))
    world.store.run(lambda connection: upsert_users(connection, [(other, [])]))
    assert (await world.actors.can_send(user_id, send())).rule == "opted out of email"


async def test_an_import_gives_no_consent_back_but_when_told_to(world: World) -> None:
    [user_id, another] = world.add_users(2)
    await change(world, user_id, channels=OFF)
    imported(world, user_id)
    imported(world, another, email=False)
    imported(world, another)
    assert (await world.run(campaign([user_id, another]))).suppressed == 2
    for each in (user_id, another):
        imported(world, each, resubscribe=True)
    assert (await world.run(campaign([user_id, another]))).sent == 2
    await change(world, another, channels=OFF)
    assert (await world.run(campaign([another]))).suppressed == 1
    await change(world, another, channels=ChannelConsent(email=True))
    assert (await world.run(campaign([another]))).sent == 1


async def test_what_was_granted_before_an_opt_out_and_not_handed_over_is_called_back(world: World) -> None:
    [user_id] = world.add_users(1)
    request = send(recorded=True)
    granted = await world.actors.reserve_send(StartUserActor(user_id=user_id), request)
    assert (granted.decision, granted.fence is not None) == (Decision.GRANTED, True)
    await change(world, user_id, channels=OFF)
    again = await world.actors.reserve_send(StartUserActor(user_id=user_id), request)
    assert again.decision is Decision.DUPLICATE  # under the fence of the grant, which the store refuses
    assert again.fence is not None
    refused = request.model_copy(update={"refused_fence": again.fence.token})
    assert (await world.actors.reserve_send(StartUserActor(user_id=user_id), refused)).rule == "opted out of email"
