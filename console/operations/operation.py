"""The operations, and which of them a run takes now."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from console.commands.command import AnyCommand, Command, CommandCall, CommandResult
from console.gateway.events.description import RunDescription
from console.gateway.gateway import Gateway
from console.gateway.read_only import READ_ONLY
from console.gateway.rows import RowKey
from console.operations.meaning import Meaning
from workflows.shared.errors import CallError

PAUSED = "paused"
"""Temporal's status of a paused run, in words."""


class Decision(BaseModel):
    """What an operator has decided."""

    reason: str = Field(min_length=1)
    point: int = 0
    """Event that the run is reset to."""
    reapply: bool = True
    """Whether a reset run gets the signals and updates once more that came after the point."""


@dataclass(frozen=True)
class Operation:
    """One operation of Temporal's."""

    name: str
    """In the journal."""
    title: str
    dangerous: bool = False
    """Whether the business ID must be typed."""
    resets: bool = False
    """Whether a point must be chosen."""


CANCEL = Operation("cancel_run", "Request cancellation", dangerous=True)
TERMINATE = Operation("terminate_run", "Terminate", dangerous=True)
RESET = Operation("reset_run", "Reset", dangerous=True, resets=True)
PAUSE = Operation("pause_run", "Pause")
UNPAUSE = Operation("unpause_run", "Unpause")
START_AGAIN = Operation("start_again", "Start again")

NOT_BY_PEOPLE = "it is started by what needs it, not by people"
CANNOT_PAUSE = "this server cannot pause a workflow (server flag frontend.WorkflowPauseEnabled)"


@dataclass(frozen=True)
class Offer:
    """An operation, what it does here, and why it is not possible now; empty if it is."""

    operation: Operation
    effect: str
    why_not: str = ""


def offers(run: RunDescription, meaning: Meaning, *, can_pause: bool, latest: bool, read_only: bool) -> Sequence[Offer]:
    """Return all operations, in the order in which they are safe; ``latest`` is whether no run came after this one."""
    paused = run.status == PAUSED
    ended = "" if run.running else f"the run has ended: {run.status}"
    no_pause = ended or ("" if can_pause else CANNOT_PAUSE)
    pausing = Offer(UNPAUSE, meaning.unpause) if paused else Offer(PAUSE, meaning.pause, no_pause)
    found = [
        pausing,
        Offer(CANCEL, meaning.cancel + _once_it_goes_on(paused=paused), ended),
        Offer(RESET, meaning.reset),
        Offer(START_AGAIN, "starts it anew, with the same input", _why_not_again(run, meaning, latest=latest)),
        Offer(TERMINATE, meaning.terminate, ended),
    ]
    return [Offer(each.operation, each.effect, READ_ONLY) for each in found] if read_only else found


def _once_it_goes_on(*, paused: bool) -> str:
    return "; it is paused, so that happens once it goes on" if paused else ""


def _why_not_again(run: RunDescription, meaning: Meaning, *, latest: bool) -> str:
    if meaning.again is None:
        return NOT_BY_PEOPLE
    if run.running:
        return "it still runs"
    return "" if latest else "a later run of it exists; look at that one"


def command_of(
    operation: Operation,
    gateway: Gateway,
    key: RowKey,
    first: RowKey,
    meaning: Meaning,
    client: Callable[[Any], Any],
) -> AnyCommand:
    """Return an operation on the run ``key`` as a command; ``first`` is the run with which its workflow began."""
    again = meaning.again

    async def cancel(call: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        await gateway.operations(key).cancel(call.payload.reason, call.call_id)
        return CommandResult("cancellation requested; the workflow decides", applied=False)

    async def terminate(call: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        await gateway.operations(key).terminate(call.payload.reason)
        return CommandResult("terminated; nothing was undone")

    async def reset(call: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        decision = call.payload
        run = await gateway.operations(key).reset(
            decision.reason, call.call_id, decision.point, reapply=decision.reapply
        )
        return CommandResult(f"run {run} goes on from event {decision.point}")

    async def pause(call: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        await gateway.operations(key).pause(call.payload.reason, call.call_id)
        return CommandResult("paused; its timers run on")

    async def unpause(call: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        await gateway.operations(key).unpause(call.payload.reason, call.call_id)
        return CommandResult("goes on")

    async def start_again(_: CommandCall[Any, Any, Decision]) -> CommandResult[Any]:
        if again is None:
            raise CallError(NOT_BY_PEOPLE)
        await gateway.start_again(first, client, again.request, again.start)
        return CommandResult("started again with the same input")

    runs: dict[str, Callable[[CommandCall[Any, Any, Decision]], Awaitable[CommandResult[Any]]]] = {
        CANCEL.name: cancel,
        TERMINATE.name: terminate,
        RESET.name: reset,
        PAUSE.name: pause,
        UNPAUSE.name: unpause,
        START_AGAIN.name: start_again,
    }
    return Command(operation.name, "", operation.title, Decision, runs[operation.name], dangerous=operation.dangerous)
