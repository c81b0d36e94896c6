"""What an operator can do to a campaign and to a user's preferences, and how it is sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.commands.command import (
    Command,
    CommandCall,
    CommandResult,
    Confirmation,
    Form,
    Target,
    by_operator,
    call_command,
    never,
)
from workflows.campaigns.audience_models import FindAudience
from workflows.campaigns.bounces import ReportBounce, report_answer, report_effect
from workflows.campaigns.client import CampaignsClient, UserActorsClient, new_campaign_id
from workflows.campaigns.models import (
    CampaignControl,
    CampaignProgress,
    CampaignRequest,
    SetPolicy,
    SetPreferences,
    SetRate,
    UserState,
)
from workflows.campaigns.preference_words import gives_back, only_changes, preferences_words
from workflows.shared.counts import number_of

Result = CommandResult[CampaignProgress]


async def _start(call: CommandCall[CampaignsClient, Any, CampaignRequest]) -> Result:
    started = await call.client.start(call.payload)
    return CommandResult(f"{call.payload.name} by {call.payload.channel}", started=started)


async def _send_control(send: Callable[..., Awaitable[CampaignProgress]], call: CommandCall[Any, Any, Any]) -> Result:
    after = await send(call.client, call.target.business_id, call.payload, update_id=call.call_id)
    pending = after.pending + after.deferred
    return CommandResult(f"{after.status.lower()}, {after.sent:,} sent, {pending:,} pending")


async def _set_preferences(
    call: CommandCall[UserActorsClient, UserState, SetPreferences],
) -> CommandResult[UserState]:
    change = only_changes(call.target.view, call.payload)
    await call.client.set_preferences(call.target.business_id, change, update_id=call.call_id)
    return CommandResult("preferences saved")


async def _preview_preferences(call: CommandCall[UserActorsClient, UserState, SetPreferences]) -> str:
    return preferences_words(call.target.view, call.payload)


async def _set_policy(call: CommandCall[UserActorsClient, UserState, SetPolicy]) -> CommandResult[UserState]:
    after = await call.client.set_policy(call.target.business_id, call.payload, update_id=call.call_id)
    caps = number_of(len(after.policy.rules), "cap")
    return CommandResult(f"{caps} saved" if call.payload.policy else f"default policy, {caps}")


async def _preview_policy(call: CommandCall[UserActorsClient, UserState, SetPolicy]) -> str:
    return await call.client.preview_policy(call.target.business_id, call.payload.policy)


async def _report_bounce(call: CommandCall[UserActorsClient, UserState, ReportBounce]) -> CommandResult[UserState]:
    after = await call.client.report_bounce(call.target.business_id, call.payload, update_id=call.call_id)
    return CommandResult(report_answer(call.payload.channel, after.suppressions))


async def _preview_bounce(call: CommandCall[UserActorsClient, UserState, ReportBounce]) -> str:
    return report_effect(call.target.business_id, call.payload)


async def _preview(call: CommandCall[CampaignsClient, Any, CampaignRequest]) -> str:
    return await call.client.preview(call.payload)


async def _audiences(client: CampaignsClient) -> Mapping[str, Sequence[str]]:
    """Return the segments and users that the form proposes."""
    known = await client.look_up_audience(FindAudience())
    return {"audience.name": known.segments, "audience.user_ids": known.users}


def _new_campaign(_: Target[Any]) -> Mapping[str, Any]:
    return {"campaign_id": new_campaign_id(datetime.now(UTC))}


def _rate(target: Target[CampaignProgress]) -> Mapping[str, Any]:
    """Return the rate that holds."""
    return {"max_sends_per_second": target.view.max_sends_per_second}


def _preferences(target: Target[UserState]) -> Mapping[str, Any]:
    return dict(target.view.preferences)


def _policy(target: Target[UserState]) -> Mapping[str, Any]:
    return {"policy": target.view.policy}


_control = partial(call_command, CampaignsClient, _send_control, fixed=by_operator(), message="update")

COMMANDS: tuple[Command[CampaignsClient, Any, Any], ...] = (
    Command(
        "new",
        "n",
        "New campaign",
        CampaignRequest,
        _start,
        ask=Form(
            _new_campaign,
            look_up=_audiences,
            more=frozenset(
                {"tags", "transactional", "max_sends_per_second", "send_window", "when_capped", "expires_at"}
            ),
        ),
        preview=_preview,
        confirms=never,
        accept="Start campaign",
        creates="campaign_id",
    ),
    _control("pause", "z", "Pause campaign", CampaignControl),
    _control("resume", "z", "Resume campaign", CampaignControl),
    _control("set_rate", "e", "Set rate", SetRate, ask=Form(_rate), label="Rate"),
    _control(
        "cancel",
        "c",
        "Cancel campaign",
        CampaignControl,
        ask=Confirmation(),
        dangerous=True,
    ),
    ACKNOWLEDGE_SIGNALS,
)

SET_PREFERENCES: Command[UserActorsClient, UserState, SetPreferences] = Command(
    "set_preferences",
    "p",
    "Set preferences",
    SetPreferences,
    _set_preferences,
    ask=Form(_preferences),
    fixed=by_operator(),
    preview=_preview_preferences,
    confirms=lambda target, change: gives_back(target.view, change),
)

SET_POLICY: Command[UserActorsClient, UserState, SetPolicy] = Command(
    "set_policy",
    "c",
    "Set caps",
    SetPolicy,
    _set_policy,
    ask=Form(_policy),
    fixed=by_operator(),
    preview=_preview_policy,
)

REPORT_BOUNCE: Command[UserActorsClient, UserState, ReportBounce] = Command(
    "report_bounce",
    "b",
    "Report bounce",
    ReportBounce,
    _report_bounce,
    ask=Form(more=frozenset({"send_id", "at", "detail"})),
    fixed=by_operator(),
    preview=_preview_bounce,
)

USER_COMMANDS: tuple[Command[UserActorsClient, UserState, Any], ...] = (SET_PREFERENCES, SET_POLICY, REPORT_BOUNCE)
"""Their target is a user."""
