"""What an operator can do to a request, and how it is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from console.commands.command import Command, CommandCall, CommandResult, Form, Target, Words
from workflows.approvals.client import ApprovalsClient, new_request_id
from workflows.approvals.models import (
    AddComment,
    ApprovalRequest,
    ApprovalState,
    ApprovalView,
    Approve,
    Reject,
    Withdraw,
)
from workflows.approvals.outlook import outlook

KINDS = ("leave", "expense", "hire", "purchase")
"""Kinds that the form proposes; any other may be typed."""

CHANNEL = "console"
"""Where a decision was made, as the workflow records it."""

RequestTarget = Target[ApprovalView]
Result = CommandResult[ApprovalView]


async def _start(call: CommandCall[ApprovalsClient, Any, ApprovalRequest]) -> Result:
    request = call.payload
    started = await call.client.start(request)
    return CommandResult(f"{request.kind} of {request.requester}: {request.title}", started=started)


async def _approve(call: CommandCall[ApprovalsClient, ApprovalView, Approve]) -> Result:
    request_id = call.target.business_id
    return _outlook(call, await call.client.approve(request_id, call.payload, update_id=call.call_id))


async def _reject(call: CommandCall[ApprovalsClient, ApprovalView, Reject]) -> Result:
    request_id = call.target.business_id
    return _outlook(call, await call.client.reject(request_id, call.payload, update_id=call.call_id))


async def _comment(call: CommandCall[ApprovalsClient, ApprovalView, AddComment]) -> Result:
    request_id = call.target.business_id
    return _outlook(call, await call.client.comment(request_id, call.payload, update_id=call.call_id))


async def _withdraw(call: CommandCall[ApprovalsClient, ApprovalView, Withdraw]) -> Result:
    request_id = call.target.business_id
    return _outlook(call, await call.client.withdraw(request_id, call.payload, update_id=call.call_id))


def _outlook(call: CommandCall[ApprovalsClient, ApprovalView, Any], state: ApprovalState) -> Result:
    """Return whether the request can still pass, and whom it needs."""
    told = outlook(state, call.target.operator)
    return CommandResult(f"still needs {told.words}" if told.passes else told.words)


def _new_request(target: Target[Any]) -> Mapping[str, Any]:
    return {"request_id": new_request_id(datetime.now(UTC)), "requester": target.operator}


def _decided_here(target: RequestTarget) -> Mapping[str, Any]:
    return {"approver": target.operator, "version": target.view.state.version, "channel": CHANNEL}


COMMANDS: tuple[Command[ApprovalsClient, Any, Any], ...] = (
    Command(
        "new",
        "n",
        "New",
        ApprovalRequest,
        _start,
        ask=Form(_new_request, choices=lambda _: {"kind": KINDS}, more=frozenset({"details", "levels"})),
        title="New request",
        accept="Create request",
        verb="new request",
        creates="request_id",
    ),
    Command(
        "approve",
        "a",
        "Approve",
        Approve,
        _approve,
        ask=Words("comment", "Comment", required=False),
        fixed=_decided_here,
    ),
    Command(
        "reject",
        "r",
        "Reject",
        Reject,
        _reject,
        ask=Words(),
        fixed=_decided_here,
        title="Reject request",
        dangerous=True,
    ),
    Command(
        "comment",
        "m",
        "Comment",
        AddComment,
        _comment,
        ask=Words("text", "Comment"),
        fixed=lambda target: {"author": target.operator},
    ),
    Command(
        "withdraw",
        "w",
        "Withdraw",
        Withdraw,
        _withdraw,
        ask=Words(),
        fixed=lambda target: {"requester": target.operator},
        title="Withdraw request",
        dangerous=True,
    ),
)
