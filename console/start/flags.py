"""The options of ``tconsole``, in the groups in which ``--help`` shows them."""

import inspect
import os
from collections.abc import Callable, Mapping, MutableMapping
from importlib.metadata import version
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import typer

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

RUNS = "What runs"
WHO = "Who acts"
CONNECTION = "Connection, as for Temporal's own tools"


class ContradictionError(ValueError):
    """Two flags exclude each other. The text is one line for people."""


class ConnectionFlag(NamedTuple):
    """A flag that overrides an environment variable of Temporal's own tools."""

    variable: str
    metavar: str
    help: str
    more: tuple[str, ...] = ()
    """Other names of the flag."""


CONNECTION_FLAGS: Mapping[str, ConnectionFlag] = {
    "--address": ConnectionFlag("TEMPORAL_ADDRESS", "HOST:PORT", "The server; TEMPORAL_ADDRESS."),
    "--namespace": ConnectionFlag(
        "TEMPORAL_NAMESPACE", "NAME", "The namespace (default: default); TEMPORAL_NAMESPACE.", ("-n",)
    ),
    "--profile": ConnectionFlag("TEMPORAL_PROFILE", "NAME", "A profile of the TOML file; TEMPORAL_PROFILE."),
    "--config-file": ConnectionFlag(
        "TEMPORAL_CONFIG_FILE", "FILE", "The TOML file with profiles; TEMPORAL_CONFIG_FILE."
    ),
    "--api-key": ConnectionFlag(
        "TEMPORAL_API_KEY",
        "KEY",
        "API key. Others on this machine can read a command line; better is TEMPORAL_API_KEY.",
    ),
    "--tls": ConnectionFlag("TEMPORAL_TLS", "", "Encrypt the connection, or not; TEMPORAL_TLS.", ("--no-tls",)),
    "--tls-server-name": ConnectionFlag("TEMPORAL_TLS_SERVER_NAME", "NAME", "The name in the server's certificate."),
    "--tls-cert-path": ConnectionFlag("TEMPORAL_TLS_CLIENT_CERT_PATH", "FILE", "Client certificate."),
    "--tls-cert-data": ConnectionFlag("TEMPORAL_TLS_CLIENT_CERT_DATA", "PEM", "The same, inline."),
    "--tls-key-path": ConnectionFlag("TEMPORAL_TLS_CLIENT_KEY_PATH", "FILE", "Its private key."),
    "--tls-key-data": ConnectionFlag("TEMPORAL_TLS_CLIENT_KEY_DATA", "PEM", "The same, inline."),
    "--tls-ca-path": ConnectionFlag(
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH", "FILE", "Certificate of the server's authority."
    ),
    "--tls-ca-data": ConnectionFlag("TEMPORAL_TLS_SERVER_CA_CERT_DATA", "PEM", "The same, inline."),
}
TWO_FORMS = ("--tls-cert", "--tls-key", "--tls-ca")
"""Each of them has a flag for a path and one for the data itself."""


def take_connection_flags(command: CommandT) -> CommandT:
    """Give the command an option for each connection flag; its ``**connection`` gets them by parameter name."""
    signature = inspect.signature(command)
    parameters = [parameter for parameter in signature.parameters.values() if parameter.kind != parameter.VAR_KEYWORD]
    parameters += [_parameter(name, flag) for name, flag in CONNECTION_FLAGS.items()]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def override_environment(environment: MutableMapping[str, str], connection: Mapping[str, object]) -> None:
    """Set the variables of the connection flags that were given: so they come first, and reach child processes.

    Raises:
        ContradictionError: a flag is empty, or a certificate or key is given twice.
    """
    flags = {name: connection.get(_parameter_name(name)) for name in CONNECTION_FLAGS}
    given = {
        name: str(value).lower() if name == "--tls" else str(value)
        for name, value in flags.items()
        if value is not None
    }
    for name, value in given.items():
        if not value.strip():
            raise ContradictionError(f"{name} is empty; give a value, or leave it out")
    pairs = [(f"{form}-path", f"{form}-data") for form in TWO_FORMS]
    for path, data in pairs:
        if path in given and data in given:
            raise ContradictionError(f"{path} and {data} say the same thing; give one of them")
    for path, data in pairs:
        if path in given or data in given:  # the flag overrides the variable of the other form, too
            environment.pop(CONNECTION_FLAGS[data if path in given else path].variable, None)
    environment.update({CONNECTION_FLAGS[name].variable: value for name, value in given.items()})


def take_operator(operator: str | None) -> None:
    """Let the settings have the operator that was given.

    Raises:
        ContradictionError: it is no operator's name.
    """
    if operator is not None:
        from workflows.runtime.console_settings import operator_mistake

        if mistake := operator_mistake(operator):
            raise ContradictionError(f"--operator: {mistake}")
        os.environ["TCONSOLE_OPERATOR"] = operator


def _parameter(name: str, flag: ConnectionFlag) -> inspect.Parameter:
    if "--no-tls" in flag.more:
        kind: Any = bool
        option = typer.Option("--tls/--no-tls", help=flag.help, rich_help_panel=CONNECTION)
    else:
        kind = str
        option = typer.Option(name, *flag.more, metavar=flag.metavar, help=flag.help, rich_help_panel=CONNECTION)
    return inspect.Parameter(
        _parameter_name(name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _parameter_name(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if wanted:
        typer.echo(f"tconsole {version('tconsole')} (temporalio {version('temporalio')})")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Say the version and leave.", callback=_show_version, is_eager=True)
]

Demo = Annotated[
    bool,
    typer.Option(
        "--demo",
        help="A living example: people outside order, ask and decide. It has a data folder and a server of its own, and"
        " reaches no mail server, Slack or payment provider, unless --address, TEMPORAL_ADDRESS or --profile names a"
        " server.",
        rich_help_panel=RUNS,
    ),
]
Ephemeral = Annotated[
    bool,
    typer.Option(
        "--ephemeral",
        help="A new embedded server in memory, and a new store (unless TCONSOLE_STORE_URL names one): both are gone"
        " when you leave.",
        rich_help_panel=RUNS,
    ),
]
NoWorkers = Annotated[
    bool, typer.Option("--no-workers", help="Only the console: start no workers.", rich_help_panel=RUNS)
]
WorkersOnly = Annotated[
    bool,
    typer.Option(
        "--workers-only",
        help="Only the three workers, without a screen. Needs a server: one that is given, or that of a running"
        " `tconsole`. Ends cleanly on SIGTERM and Ctrl-C, when what is under way is done.",
        rich_help_panel=RUNS,
    ),
]

Web = Annotated[
    bool,
    typer.Option(
        "--web",
        help="The console in a browser, on this machine alone, at an address with a secret token. Each tab is a console"
        " of its own.",
        rich_help_panel=RUNS,
    ),
]
WEB_PORT = 8010
WebPort = Annotated[
    int | None,
    typer.Option(
        "--web-port", metavar="PORT", min=1, max=65535, help=f"Its port (default: {WEB_PORT}).", rich_help_panel=RUNS
    ),
]

ReadOnly = Annotated[bool, typer.Option("--read-only", help="Look only: no key changes anything.", rich_help_panel=WHO)]
Operator = Annotated[
    str | None,
    typer.Option(
        "--operator",
        metavar="NAME",
        help="Who acts. Default: your login name; with --demo the sample person chen, for whom approvals wait.",
        rich_help_panel=WHO,
    ),
]
Opening = Annotated[
    str | None,
    typer.Option(
        "--open",
        metavar="ID",
        help="Begin with this workflow, such as order-ORD-1: in its tab, or its history.",
        rich_help_panel=RUNS,
    ),
]

Output = Annotated[Literal["text", "json", "jsonl"], typer.Option("-o", "--output", help="How the answer is written.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only since then: 24h, 7 days, or a date as 2025-01-31.")
]
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Only of this operator, or of this account.")]
Find = Annotated[str, typer.Option("--find", metavar="TEXT", help="Only what holds all these words.")]
OfDemo = Annotated[bool, typer.Option("--demo", help="That of `tconsole --demo`.")]
