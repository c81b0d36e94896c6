"""What an operator can do to a request, and how it is sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.commands.command import Command, CommandCall, CommandResult, Form, Target, Words, by_operator, call_command
from workflows.approvals.client import ApprovalsClient, new_request_id
from workflows.approvals.models import COMMON_KINDS, ApprovalRequest, ApprovalState, ApprovalView
from workflows.approvals.outlook import WAITING, outlook
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    Delegate,
    ExtendDeadline,
    Reassign,
    Reject,
    RequestChanges,
    Resubmit,
    Retract,
    RetryApply,
    SettleApply,
    Snooze,
    Withdraw,
)

DAY = timedelta(days=1)

RequestTarget = Target[ApprovalView]
Result = CommandResult[ApprovalView]


async def _start(call: CommandCall[ApprovalsClient, Any, ApprovalRequest]) -> Result:
    request = call.payload
    started = await call.client.start(request)
    return CommandResult(f"{request.kind} of {request.requester}: {request.title}", started=started)


async def _send_update(send: Callable[..., Awaitable[ApprovalState]], call: CommandCall[Any, Any, Any]) -> Result:
    """Send an update, and return whether the request can still pass, and whom it needs."""
    state = await send(call.client, call.target.business_id, call.payload, update_id=call.call_id)
    told = outlook(state, call.target.operator)
    return CommandResult(f"still needs {told.words}" if told.passes else told.words)


async def _note_invalid(client: ApprovalsClient, target: Target[Any], name: str, error: ValidationError) -> None:
    """Let the request's trail have an attempt that was not sent, such as a comment of 40,000 characters."""
    await client.note_invalid(target.business_id, name, target.operator, error, channel=target.channel)


def _new_request(target: Target[Any]) -> Mapping[str, Any]:
    known = target.people is None or target.operator in target.people
    return {"request_id": new_request_id(datetime.now(UTC)), "requester": target.operator if known else ""}


def _proposals(target: Target[Any]) -> Mapping[str, Sequence[str]]:
    return {"kind": COMMON_KINDS, "requester": target.people or ()}


def _decided_here(target: RequestTarget) -> Mapping[str, Any]:
    state = target.view.state
    read = {"version": state.version, "content_hash": state.content_hash}
    return {"approver": target.operator, **read, "channel": target.channel}


def _people(target: RequestTarget) -> Mapping[str, Sequence[str]]:
    known = target.people or ()
    return {**dict.fromkeys(("to", "of", "add"), known), **_levels(target)}


def _levels(target: RequestTarget) -> Mapping[str, Sequence[str]]:
    waiting = [level for level in target.view.state.levels if level.status in WAITING]
    seats = [person for level in waiting for person in level.approvers]
    return {"level": [level.name for level in waiting], "remove": list(dict.fromkeys(seats))}


def _reassign(target: RequestTarget) -> Mapping[str, Any]:
    return {"level": next(iter(_levels(target)["level"]), "")}


def _extend(target: RequestTarget) -> Mapping[str, Any]:
    due = [level for level in target.view.state.levels if level.status in WAITING and level.due_at is not None]
    if due:
        return {"level": due[0].name, "due_at": (due[0].due_at or datetime.now(UTC)) + DAY}
    return {"due_at": target.view.state.due_at + DAY} if target.view.state.due_at is not None else {}


def _snooze(_: RequestTarget) -> Mapping[str, Any]:
    return {"until": datetime.now(UTC).replace(second=0, microsecond=0) + DAY}


def _resubmit(target: RequestTarget) -> Mapping[str, Any]:
    request = target.view.state.request
    return {"details": request.details, "amount": request.amount, "currency": request.currency}


_update = partial(
    call_command, ApprovalsClient, _send_update, fixed=_decided_here, invalid=_note_invalid, message="update"
)

COMMANDS: tuple[Command[ApprovalsClient, Any, Any], ...] = (
    Command(
        "new",
        "n",
        "New request",
        ApprovalRequest,
        _start,
        ask=Form(_new_request, choices=_proposals, more=frozenset({"details", "levels"})),
        accept="Create request",
        creates="request_id",
    ),
    _update("approve", "a", "Approve request", Approve, ask=Words("comment", "Comment", required=False)),
    _update("reject", "r", "Reject request", Reject, ask=Words(), dangerous=True),
    _update("request_changes", "c", "Send back for changes", RequestChanges, ask=Words(), label="Send back"),
    _update("resubmit", "c", "Resubmit request", Resubmit, ask=Form(_resubmit), fixed=by_operator("requester")),
    _update("retract", "b", "Take vote back", Retract, ask=Words(required=False), label="Take vote back"),
    _update("delegate", "d", "Delegate vote", Delegate, ask=Form(choices=_people)),
    _update("reassign", "g", "Reassign seat", Reassign, ask=Form(_reassign, choices=_people), fixed=by_operator()),
    _update(
        "extend_deadline",
        "e",
        "Extend deadline",
        ExtendDeadline,
        ask=Form(_extend, choices=_people),
        fixed=by_operator(),
    ),
    _update(
        "retry_apply", "e", "Try again", RetryApply, ask=Words(required=False), fixed=by_operator(), label="Try again"
    ),
    _update("snooze", "z", "Snooze request", Snooze, ask=Form(_snooze, choices=_people)),
    _update(
        "settle_apply",
        "z",
        "Settle by hand",
        SettleApply,
        ask=Words(),
        fixed=by_operator(),
        label="Settle",
        dangerous=True,
    ),
    _update("ask", "s", "Ask somebody", Ask, ask=Form(choices=_people)),
    _update("attach", "t", "Attach link", Attach, ask=Form(), fixed=by_operator("author")),
    _update(
        "comment", "m", "Comment on request", AddComment, ask=Words("text", "Comment"), fixed=by_operator("author")
    ),
    _update(
        "withdraw",
        "w",
        "Withdraw request",
        Withdraw,
        ask=Words(),
        fixed=by_operator("requester"),
        dangerous=True,
    ),
    ACKNOWLEDGE_SIGNALS,
)
