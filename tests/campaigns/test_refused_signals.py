"""Signals to campaigns and actors that nobody can take: refused for all to see, also in the next run."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.campaigns.test_actor_state import START, new_state
from tests.support.campaigns import World, campaign, capped, running, send
from tests.support.eventually import eventually
from workflows.campaigns import actor_state
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.actor_view import user_state
from workflows.campaigns.models import Channel, MessageSent, StartUserActor
from workflows.shared.refused_signals import ACKNOWLEDGE, MAX_REFUSALS
from workflows.shared.summary import Summary

NO_SIGNALS = "there is no signal 'pause'; this workflow takes no signals"


async def attention(handle: WorkflowHandle[Any, Any]) -> str | None:
    row: Summary = await handle.query("get_summary", result_type=Summary)
    return row.attention


async def test_a_campaign_refuses_signals_and_goes_on(world: World) -> None:
    request = campaign(world.add_users(1))
    world.faults.hold("send")
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    handle = world.client.get_workflow_handle(f"campaign-{request.campaign_id}")
    await handle.signal("pause", {"by": "ana"})
    progress = await world.progress_when(request.campaign_id, lambda progress: bool(progress.refusals))
    assert [(each.signal, each.reason) for each in progress.refusals] == [("pause", NO_SIGNALS)]
    assert f"signal pause refused: {NO_SIGNALS}" in [entry.text for entry in progress.timeline]
    assert (progress.attention, await attention(handle)) == ("signal_refused", "signal_refused")
    assert [action.name for action in progress.actions][-1] == ACKNOWLEDGE
    await handle.signal(ACKNOWLEDGE, {"by": "ana"})
    progress = await world.progress_when(request.campaign_id, lambda progress: progress.attention is None)
    assert "ana has looked at the refused signals" in [entry.text for entry in progress.timeline]
    world.faults.let_go("send")
    await world.ended(request.campaign_id)
    assert await attention(handle) is None


async def test_an_actor_refuses_reports_that_do_not_fit(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user), send())
    handle = world.client.get_workflow_handle(f"user-actor-{user}")
    await handle.signal("message_sent", {"send_id": "S", "campaign_id": "C", "channel": "fax"})
    state = await eventually(lambda: world.actors.get_user_state(user), lambda state: bool(state.refusals))
    reason = "channel: Input should be 'email', 'sms' or 'push', not 'fax'"
    assert [each.reason for each in state.refusals] == [reason]
    assert state.timeline[-1].text == f"signal message_sent refused: {reason}"
    assert (state.attention, await attention(handle)) == ("signal_refused", "signal_refused")
    assert [action.name for action in state.actions][-1] == ACKNOWLEDGE
    await handle.signal(ACKNOWLEDGE, {"by": ""})
    await handle.signal(ACKNOWLEDGE, {"by": "ana"})
    state = await eventually(lambda: world.actors.get_user_state(user), lambda state: state.attention is None)
    assert [each.signal for each in state.refusals] == ["message_sent", ACKNOWLEDGE]
    assert "ana has looked at the refused signals" in [entry.text for entry in state.timeline]
    await handle.signal("message_sent", {"send_id": "S", "campaign_id": "C", "channel": "fax"})
    good = MessageSent(send_id="S", campaign_id="C", channel=Channel.SMS)
    await handle.signal("message_sent", {**good.model_dump(mode="json"), "provider": "acme"})
    after = await eventually(lambda: world.actors.get_user_state(user), lambda state: len(state.recent) == 2)
    assert (after.attention, after.refusal_count, await attention(handle)) == (None, 3, None)


def test_an_actor_s_refusals_are_bounded_and_reach_the_next_run() -> None:
    state = new_state(capped(1))
    for number in range(300):
        state.refuse(f"flood-{number}", "there is no such signal", START)
    state.forget(START)
    carried = ActorState.model_validate_json(state.model_dump_json())
    view = user_state(carried, START)
    assert (len(view.refusals), view.refusal_count, view.attention) == (MAX_REFUSALS, 300, "signal_refused")
    assert len(view.timeline) == len(state.timeline) + MAX_REFUSALS
    carried.forget(START + timedelta(days=actor_state.KEPT_DAYS, seconds=1))
    assert carried.attention is None
