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
)
from workflows.campaigns.audience_models import FindAudience
from workflows.campaigns.client import CampaignsClient, UserActorsClient, new_campaign_id
from workflows.campaigns.models import CampaignControl, CampaignProgress, CampaignRequest, SetPreferences, UserState

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
    await call.client.set_preferences(call.target.business_id, call.payload, update_id=call.call_id)
    return CommandResult("preferences saved")


async def _preview(call: CommandCall[CampaignsClient, Any, CampaignRequest]) -> str:
    return await call.client.preview(call.payload)


async def _audiences(client: CampaignsClient) -> Mapping[str, Sequence[str]]:
    """Return the segments and users that the form proposes."""
    known = await client.look_up_audience(FindAudience())
    return {"audience.name": known.segments, "audience.user_ids": known.users}


def _new_campaign(_: Target[Any]) -> Mapping[str, Any]:
    return {"campaign_id": new_campaign_id(datetime.now(UTC))}


def _preferences(target: Target[Any]) -> Mapping[str, Any]:
    """Return the user's preferences; those of a new user if there is no actor yet."""
    if target.view is None:
        return {"channels": {"email": True, "sms": True, "push": True}}
    return dict(target.view.preferences)


_control = partial(call_command, CampaignsClient, _send_control, fixed=by_operator())

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
            more=frozenset({"tags", "transactional", "max_sends_per_second", "when_capped", "expires_at"}),
        ),
        preview=_preview,
        confirms=False,
        accept="Start campaign",
        creates="campaign_id",
    ),
    _control("pause", "z", "Pause campaign", CampaignControl),
    _control("resume", "z", "Resume campaign", CampaignControl),
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

SET_PREFERENCES: Command[UserActorsClient, Any, SetPreferences] = Command(
    "set_preferences",
    "p",
    "Set preferences",
    SetPreferences,
    _set_preferences,
    ask=Form(_preferences),
    fixed=by_operator(),
)
"""Its target is a user, whose view is None while the user has no actor."""
