"""What the screen shows or does, as commands of Temporal's own tool."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic_core import to_jsonable_python

from console.commands.command import AnyCommand, Form, Target
from console.start.state import Server, SessionState
from workflows.shared.command_lines import command_line


def list_command(server: Server, query: str) -> str:
    """Return the command that lists what matches ``query``."""
    return command_line("temporal", "workflow", "list", "--query", query, *_where(server))


def message_command(server: Server, command: AnyCommand, workflow_id: str, target: Target[Any]) -> str | None:
    """Return the command that sends what ``command`` sends, None if it sends no single signal or update.

    A value that is to be filled in stands in ``<…>``.
    """
    if not command.message:
        return None
    verb = ("signal",) if command.message == "signal" else ("update", "execute")
    payload = json.dumps(to_jsonable_python(dict(_values(command, target))), ensure_ascii=False)
    to = ("--workflow-id", workflow_id, "--name", command.name, "--input", payload)
    return command_line("temporal", "workflow", *verb, *to, *_where(server))


def link_command(state: SessionState, workflow_id: str) -> str:
    """Return the command that opens a workflow in a console."""
    server = state.server
    where = () if server.embedded else _where(server)
    demo = ("--demo",) if state.demo and server.embedded else ()
    return command_line("tconsole", *demo, "--open", workflow_id, *where)


def _where(server: Server) -> tuple[str, ...]:
    return ("--address", server.address, "--namespace", server.namespace)


def _values(command: AnyCommand, target: Target[Any]) -> Iterator[tuple[str, object]]:
    begun = command.ask.begin(target) if isinstance(command.ask, Form) else {}
    known = {**begun, **command.fixed(target)}
    for name, field in command.payload.model_fields.items():
        if known.get(name) not in (None, ""):
            yield name, known[name]
        elif field.is_required():
            yield name, f"<{name}>"
