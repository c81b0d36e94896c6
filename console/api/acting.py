"""A command over HTTP: its payload from the body, who acts from the token, the answer from the workflow."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from console.api.problems import ProblemError
from console.api.requests import RESPOND_ASYNC
from console.commands.command import AnyCommand, CommandCall, CommandResult, Form, Target
from console.commands.runner import new_call_id, perform
from console.gateway.gateway import Gateway
from console.journal.recorder import Recorder
from console.systems.system import ConsoleSystem
from console.twin.faces import KnownView
from console.twin.reading import read

CHANNEL = "api"
"""Where somebody acts, as workflows record it."""


async def act(
    gateway: Gateway,
    system: ConsoleSystem[Any, Any],
    command: AnyCommand,
    ident: str,
    given: dict[str, Any],
    *,
    call_id: str | None,
    known: KnownView | None = None,
) -> Response:
    """Send a command with the ``given`` fields, and return the workflow's answer. An empty ID is a creation.

    Raises:
        ProblemError: it was refused without a reason of its own type, or somebody else is named as who acts.
        ValidationError: the fields do not fit the payload.
        CallError: it was refused, or got no answer.
    """
    target: Target[Any] = Target(gateway.operator, ident, None, channel=CHANNEL)
    if ident:
        found = await read(gateway, system, ident, known)
        actions = found.snapshot.actions if found.snapshot is not None else []
        effect = next((action.effect for action in actions if action.name == command.name), None)
        target = replace(target, view=found.view, named=system.named(found.view), effect=effect or "")
    ident, answer, _ = await _send(gateway, system, command, target, given, call_id)
    if command.creates:
        return JSONResponse(answer, 201, {"Location": _path(system, ident)})
    return JSONResponse(answer)


async def post(
    gateway: Gateway,
    system: ConsoleSystem[Any, Any],
    command: AnyCommand,
    ident: str,
    given: dict[str, Any],
    *,
    call_id: str | None,
) -> Response:
    """Do the same for a command with a ``post``, and do not wait for what becomes of it. Raises as :func:`act`."""
    target: Target[Any] = Target(gateway.operator, ident, None, channel=CHANNEL)
    recording = replace(command, run=command.post or command.run)
    _, answer, result = await _send(gateway, system, recording, target, given, call_id)
    if result.applied:
        return JSONResponse(answer)
    headers = {"Preference-Applied": RESPOND_ASYNC, "Location": _path(system, ident)}
    return JSONResponse({**answer, "outcome": "recorded"}, 202, headers)


async def _send(
    gateway: Gateway,
    system: ConsoleSystem[Any, Any],
    command: AnyCommand,
    target: Target[Any],
    given: dict[str, Any],
    call_id: str | None,
) -> tuple[str, dict[str, str], CommandResult[Any]]:
    """Send a command; return the ID of what it acts on, what to answer, and what came of it."""
    client = gateway.domain(system.client)
    try:
        payload = command.payload.model_validate(_values(command, target, given))
    except ValidationError as error:
        if command.invalid is not None:
            await command.invalid(client, target, command.name, error)
        raise
    call = CommandCall(client, target, payload, call_id or new_call_id())
    receipt, result = await perform(Recorder(gateway, system.client), command, call)
    if result is None or not receipt.ok:
        raise receipt.error or ProblemError(409, receipt.text)
    ident = command.business_id(target, payload)
    return ident, {"id": ident, "action": command.name, "outcome": "accepted", "text": receipt.text}, result


def _path(system: ConsoleSystem[Any, Any], ident: str) -> str:
    return f"/{system.name}/{quote(ident, safe='')}"


def _values(command: AnyCommand, target: Target[Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the payload's values. Raises ``ProblemError`` if somebody else is named as who acts."""
    fixed = command.fixed(target)
    for name, value in fixed.items():
        if value == target.operator and given.get(name, value) != value:
            raise ProblemError(403, f"{name}: this is the token of {target.operator}; leave it out")
    begin = {}
    if command.creates and isinstance(command.ask, Form):
        begin = {name: value for name, value in command.ask.begin(target).items() if name == command.creates}
    return {**begin, **fixed, **given}
