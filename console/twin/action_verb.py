"""An action as a function that Typer calls, with an option for each field of its payload."""

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

from console.commands.command import AnyCommand
from console.gateway.gateway import Gateway
from console.start import flags
from console.twin import asking, parameters
from console.twin.acting import Given
from console.twin.faces import FACES
from console.twin.many import Order, carry_out
from console.twin.options import PREFIX, field_options
from console.twin.payload import UsageError, read_input

STDIN = "-"
MAX_IDS = 10_000


def about(name: str, command: AnyCommand) -> str:
    """Return what an action's help says first."""
    short = [word for word, full in FACES[name].short if full == command.name]
    return f"{command.title}{f' ({short[0]})' if short else ''}."


def action_verb(name: str, command: AnyCommand) -> Callable[..., int]:
    """Return the function of an action, with an option for each field of its payload."""

    def act(  # noqa: PLR0913 - one parameter for each option
        *,
        idents: Sequence[str] = (),
        json: parameters.Json = None,
        json_file: parameters.JsonFile = None,
        yes: parameters.Yes = False,
        wait: parameters.Wait = False,
        timeout: parameters.Timeout = 30.0,
        read_only: parameters.ReadOnly = False,
        output: flags.Output = "text",
        operator: flags.Operator = None,
        demo: flags.OfDemo = False,
        **given: Any,  # noqa: ANN401 - fields and connection flags
    ) -> int:
        texts = {
            key.removeprefix(PREFIX): value
            for key, value in given.items()
            if key.startswith(PREFIX) and value is not None
        }
        connection = {key: value for key, value in given.items() if not key.startswith(PREFIX)}

        async def work(gateway: Gateway) -> int:
            if json_file == STDIN and STDIN in idents:
                raise UsageError("--input-file - and - both read standard input; give one of them a file")
            order = Order(name, command, Given(read_input(json, json_file), texts), all_idents(idents), output)
            return await carry_out(gateway, order, yes=yes, wait_seconds=timeout if wait else None)

        if asking.read_only(read_only):
            return asking.REFUSED
        return asking.asked(work, connection, operator=operator, demo=demo)

    signature = inspect.signature(act)
    parameters_by_name = dict(signature.parameters)
    extra, needed = parameters_by_name.pop("given"), parameters_by_name.pop("idents")
    idents_first = (
        [] if command.creates else [needed.replace(default=inspect.Parameter.empty, annotation=parameters.Idents)]
    )
    kept = [*idents_first, *parameters_by_name.values()]
    fields = [option.parameter for option in field_options(command.payload)]
    act.__signature__ = signature.replace(parameters=[*kept, *fields, extra])  # type: ignore[attr-defined]
    return flags.take_connection_flags(act)


def all_idents(given: Sequence[str]) -> list[str]:
    """Return the IDs, those of standard input in the place of ``-``, each once."""
    found: dict[str, None] = {}
    for ident in given:
        lines = sys.stdin if ident == STDIN else (ident,)
        found |= dict.fromkeys(line.strip() for line in lines if line.strip())
    if len(found) > MAX_IDS:
        raise UsageError(f"these are {len(found):,} IDs; {MAX_IDS:,} at most at a time")
    return list(found)
