"""What an operator can do to a request, and how it is sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from console.commands.command import Command, CommandCall, CommandResult, Form, Target, Words, by_operator, call_command
from workflows.approvals.client import ApprovalsClient, new_request_id
from workflows.approvals.models import COMMON_KINDS, ApprovalRequest, ApprovalState, ApprovalView
from workflows.approvals.outlook import outlook
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw

CHANNEL = "console"
"""Where a decision was made, as the workflow records it."""

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


def _new_request(target: Target[Any]) -> Mapping[str, Any]:
    known = target.people is None or target.operator in target.people
    return {"request_id": new_request_id(datetime.now(UTC)), "requester": target.operator if known else ""}


def _proposals(target: Target[Any]) -> Mapping[str, Sequence[str]]:
    return {"kind": COMMON_KINDS, "requester": target.people or ()}


def _decided_here(target: RequestTarget) -> Mapping[str, Any]:
    return {"approver": target.operator, "version": target.view.state.version, "channel": CHANNEL}


_update = partial(call_command, ApprovalsClient, _send_update, fixed=_decided_here)

COMMANDS: tuple[Command[ApprovalsClient, Any, Any], ...] = (
    Command(
        "new",
        "n",
        "New",
        ApprovalRequest,
        _start,
        ask=Form(_new_request, choices=_proposals, more=frozenset({"details", "levels"})),
        verb="new request",
        accept="Create request",
        creates="request_id",
    ),
    _update("approve", "a", "Approve", Approve, ask=Words("comment", "Comment", required=False)),
    _update("reject", "r", "Reject", Reject, ask=Words(), title="Reject request", dangerous=True),
    _update("comment", "m", "Comment", AddComment, ask=Words("text", "Comment"), fixed=by_operator("author")),
    _update(
        "withdraw",
        "w",
        "Withdraw",
        Withdraw,
        ask=Words(),
        fixed=by_operator("requester"),
        title="Withdraw request",
        dangerous=True,
    ),
)
