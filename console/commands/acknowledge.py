"""The command that is the same in every system: a person has looked at the signals that a workflow refused."""

from typing import Any

from console.commands.command import AnyCommand, Command, CommandCall, CommandResult, Words, by_operator
from workflows.shared.client import WorkflowClient
from workflows.shared.refused_signals import ACKNOWLEDGE, ACKNOWLEDGE_LABEL, Acknowledge


async def _send(call: CommandCall[WorkflowClient, Any, Acknowledge]) -> CommandResult[Any]:
    acknowledge = call.payload.model_copy(update={"signal_id": call.call_id})
    await call.client.acknowledge(call.target.business_id, acknowledge)
    return CommandResult(acknowledge.words, applied=False)  # a later query sees what it did


ACKNOWLEDGE_SIGNALS: AnyCommand = Command(
    ACKNOWLEDGE,
    "l",
    ACKNOWLEDGE_LABEL,
    Acknowledge,
    _send,
    ask=Words("note", "Note", required=False),
    fixed=by_operator(),
    on_demand=True,
)
