"""Input that does not fit: one clear line, nothing changed, nothing that fails for ever."""

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from tests.support.campaigns import World, campaign, capped, running, send
from tests.support.temporal import fresh
from workflows.campaigns.models import (
    CampaignStatus,
    Decision,
    ReleaseSend,
    SendRequest,
    SetPolicy,
    SetPreferences,
    StartUserActor,
)
from workflows.shared.inputs import Input, one_line

NOTHING: list[Any] = []
NULL: list[Any] = [None]
RULE = {"name": "x", "limit": 1, "window": {"rolling_seconds": 60}}


def policy(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"by": "ana", "policy": {"rules": list(rules)}}


def quiet(**hours: str) -> dict[str, Any]:
    return {"by": "ana", "channels": {}, "quiet_hours": {"start": "22:00", "end": "07:00"} | hours}


@pytest.mark.parametrize(
    ("model", "payload", "words"),
    [
        (SendRequest, {"send_id": "a", "campaign_id": "c"}, "channel: Field required"),
        (
            SendRequest,
            {"send_id": "a", "campaign_id": "c", "channel": "fax"},
            "channel: Input should be 'email', 'sms' or 'push', not 'fax'",
        ),
        (ReleaseSend, {"send_id": "a"}, "reason: Field required"),
        (
            SetPolicy,
            policy(RULE | {"limit": -1}),
            "policy.rules.0.limit: Input should be greater than or equal to 0, not -1",
        ),
        (
            SetPolicy,
            policy(RULE, RULE),
            "policy: two rules are called 'x'; a refusal names its rule, so give each its own name",
        ),
        (
            SetPolicy,
            policy(RULE | {"name": "Opted out of sms"}),
            "policy.rules.0.name: 'Opted out of sms' is what preferences are called in a refusal; name it otherwise",
        ),
        (
            SetPreferences,
            quiet(timezone="Mars Olympus"),
            "quiet_hours.timezone: 'Mars Olympus' is not an IANA time zone; use one like Europe/Paris",
        ),
        (
            SetPreferences,
            quiet(timezone="UTC", end="22:00"),
            "quiet_hours: quiet hours from 22:00 until 22:00 are empty; leave them out instead",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(model: type[Input], payload: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate(payload)
    assert one_line(error.value) == words


async def test_an_actor_refuses_in_one_line_and_changes_nothing(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user, policy=capped(2)), send())
    handle = world.client.get_workflow_handle(f"user-actor-{user}")
    for payloads, words in (
        (NOTHING, "it takes exactly one SendRequest"),
        (NULL, "it takes exactly one SendRequest"),
        ([{"send_id": "a"}, {"send_id": "b"}], "it takes exactly one SendRequest"),
        ([{"send_id": "a", "campaign_id": "c"}], "channel: Field required"),
    ):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("reserve_send", args=payloads)
        assert str(refused.value.cause) == f"InvalidRequest: {words}"
    state = await world.actors.get_user_state(user)
    assert (state.policy, state.preferences.quiet_hours, state.usage[0].used) == (capped(2), None, 1)


async def test_an_actor_ignores_a_report_that_does_not_fit(world: World) -> None:
    (user,) = world.add_users(1)
    await world.actors.reserve_send(StartUserActor(user_id=user), send())
    reports: list[list[Any]] = [NOTHING, NULL, [{"send_id": "?"}], ["text"], [{}, {}]]
    for payloads in reports:
        await world.client.get_workflow_handle(f"user-actor-{user}").signal("message_sent", args=payloads)
    assert (await world.actors.reserve_send(StartUserActor(user_id=user), send())).decision is Decision.GRANTED
    assert len((await world.actors.get_user_state(user)).recent) == 2


async def test_a_campaign_refuses_a_control_that_does_not_fit(world: World) -> None:
    request = campaign(world.add_users(1))
    world.faults.hold("send")
    await world.campaigns.begin(request)
    await world.progress_when(request.campaign_id, running)
    handle = world.client.get_workflow_handle(f"campaign-{request.campaign_id}")
    lines = ("InvalidRequest: by: Field required", "InvalidRequest: it takes exactly one CampaignControl")
    for update, payloads in product(("pause", "resume", "cancel"), (NOTHING, NULL, [{"reason": "no name"}])):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update(update, args=payloads)
        assert str(refused.value.cause) in lines
    assert (await world.campaigns.get_progress(request.campaign_id)).status is CampaignStatus.RUNNING
    world.faults.let_go("send")
    await world.ended(request.campaign_id)


@pytest.mark.parametrize("workflow_type", ["CampaignWorkflow", "UserActorWorkflow"])
@pytest.mark.parametrize("payloads", [NOTHING, NULL, [{"user_id": "-"}], ["text"], [{}, {}]])
async def test_a_start_that_does_not_fit_fails_at_once(
    strict_world: World, workflow_type: str, payloads: list[Any]
) -> None:
    handle = await strict_world.client.start_workflow(
        workflow_type, args=payloads, id=fresh("invalid"), task_queue=strict_world.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    assert str(failure.value.cause).startswith("InvalidRequest: ")
    assert "\n" not in str(failure.value.cause)
