"""The command ``tconsole api``."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from console.start import flags
from console.twin.writing import put, tell

MISSING = "HTTP needs more packages: install tconsole[api], as in `uv sync --extra api` or `uv tool install '.[api]'`"
REFUSED = 1


class System(StrEnum):
    """For what a token may be."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    APPROVALS = "approvals"
    CAMPAIGNS = "campaigns"
    USERS = "users"


api_app = typer.Typer(
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@api_app.callback(invoke_without_command=True)
@flags.take_connection_flags
def serve(  # noqa: PLR0913 - one parameter for each option of the command
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option("--host", help="Where it listens.")] = "127.0.0.1",
    port_orders: Annotated[int, typer.Option("--port-orders", min=1, max=65535)] = 8000,
    port_approvals: Annotated[int, typer.Option("--port-approvals", min=1, max=65535)] = 8001,
    port_campaigns: Annotated[int, typer.Option("--port-campaigns", min=1, max=65535)] = 8002,
    insecure_no_auth: Annotated[
        bool, typer.Option("--insecure-no-auth", help="Ask for no token; on this machine alone.")
    ] = False,
    rate: Annotated[float, typer.Option("--rate", min=0.1, help="Requests a second of one token.")] = 50.0,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse what changes something.")] = False,
    operator: flags.Operator = None,
    demo: flags.OfDemo = False,
    **connection: object,
) -> object:
    """Serve orders, approvals and campaigns over HTTP, each on its own port, with OpenAPI at /openapi.json."""
    if context.invoked_subcommand is not None:
        return None
    flags.override_environment(os.environ, connection)
    flags.take_operator(operator)
    from workflows.runtime.console_settings import ConsoleSettings
    from workflows.runtime.settings import SettingsError, read_settings

    try:
        from console.api.serving import ApiOptions
        from console.api.serving import serve as serve_all
    except ModuleNotFoundError as error:
        if error.name not in {"fastapi", "uvicorn", "starlette"}:
            raise
        tell(MISSING)
        return REFUSED
    try:
        settings = read_settings(ConsoleSettings)
    except SettingsError as error:
        raise flags.ContradictionError(str(error)) from error
    ports = {"orders": port_orders, "approvals": port_approvals, "campaigns": port_campaigns}
    if len(set(ports.values())) < len(ports):
        raise flags.ContradictionError("the ports must differ")
    options = ApiOptions(host, ports, not insecure_no_auth, rate, read_only, demo)
    return serve_all(options, settings)


@api_app.command("token")
def token(
    operator: Annotated[str, typer.Argument(metavar="NAME", help="Who acts with it.")],
    *,
    system: Annotated[
        list[System] | None, typer.Option("--system", help="Only for this system; may come several times.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may only read.")] = False,
) -> None:
    """Make a token, and say what to write into the settings. The token itself is kept nowhere."""
    from console.api.tokens import hashed, new_token
    from workflows.runtime.console_settings import operator_mistake
    from workflows.runtime.settings import config_file
    from workflows.shared.json_text import json_text

    if mistake := operator_mistake(operator):
        raise flags.ContradictionError(f"NAME: {mistake}")
    made = new_token()
    lines = ["[[api_tokens]]", f"operator = {json_text(operator)}", f'sha256 = "{hashed(made)}"']
    if system:
        lines.append(f"systems = {json_text([each.value for each in system])}")
    if read_only:
        lines.append("read_only = true")
    put(made)
    tell(f"write this into {config_file()}; the token above is shown only now:")
    for line in lines:
        typer.echo(line, err=True)
