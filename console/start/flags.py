"""The options of ``tconsole``, in the groups in which ``--help`` shows them."""

from importlib.metadata import version
from typing import Annotated

import typer

RUNS = "What runs"
WHO = "Who acts"
CONNECTION = "Connection, as for Temporal's own tools"


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
        "--demo", help="Fill in sample data, and let people outside order, ask and decide.", rich_help_panel=RUNS
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

Address = Annotated[
    str | None,
    typer.Option("--address", metavar="HOST:PORT", help="The server; TEMPORAL_ADDRESS.", rich_help_panel=CONNECTION),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        metavar="NAME",
        help="The namespace (default: default); TEMPORAL_NAMESPACE.",
        rich_help_panel=CONNECTION,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile", metavar="NAME", help="A profile of the TOML file; TEMPORAL_PROFILE.", rich_help_panel=CONNECTION
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config-file",
        metavar="FILE",
        help="The TOML file with profiles; TEMPORAL_CONFIG_FILE.",
        rich_help_panel=CONNECTION,
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="KEY",
        help="API key. Others on this machine can read a command line; better is TEMPORAL_API_KEY.",
        rich_help_panel=CONNECTION,
    ),
]
Tls = Annotated[
    bool | None,
    typer.Option("--tls/--no-tls", help="Encrypt the connection, or not; TEMPORAL_TLS.", rich_help_panel=CONNECTION),
]
TlsServerName = Annotated[
    str | None,
    typer.Option(
        "--tls-server-name",
        metavar="NAME",
        help="The name in the server's certificate.",
        rich_help_panel=CONNECTION,
    ),
]
TlsCertPath = Annotated[
    str | None,
    typer.Option(
        "--tls-cert-path",
        metavar="FILE",
        help="Client certificate.",
        rich_help_panel=CONNECTION,
    ),
]
TlsCertData = Annotated[
    str | None,
    typer.Option(
        "--tls-cert-data",
        metavar="PEM",
        help="The same, inline.",
        rich_help_panel=CONNECTION,
    ),
]
TlsKeyPath = Annotated[
    str | None,
    typer.Option(
        "--tls-key-path",
        metavar="FILE",
        help="Its private key.",
        rich_help_panel=CONNECTION,
    ),
]
TlsKeyData = Annotated[
    str | None,
    typer.Option(
        "--tls-key-data",
        metavar="PEM",
        help="The same, inline.",
        rich_help_panel=CONNECTION,
    ),
]
TlsCaPath = Annotated[
    str | None,
    typer.Option(
        "--tls-ca-path",
        metavar="FILE",
        help="Certificate of the server's authority.",
        rich_help_panel=CONNECTION,
    ),
]
TlsCaData = Annotated[
    str | None,
    typer.Option(
        "--tls-ca-data",
        metavar="PEM",
        help="The same, inline.",
        rich_help_panel=CONNECTION,
    ),
]
