"""``python -m workers``: what the console starts, and the commands that it passes on."""

import signal
import sys
from typing import Annotated

import typer

from workflows.shared.leaving import leave

CONSOLES_OWN = ("store", "users")
"""Commands that people know as ``tconsole store …`` and ``tconsole users …``."""

app = typer.Typer(
    help="The engine room of tconsole. People use `tconsole`; this is what it starts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command("run")
def run(
    *,
    report: Annotated[
        bool,
        typer.Option(
            "--report", help="write JSON reports to standard output, log to a file, and end with standard input"
        ),
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="fill in sample data, and let people outside be busy")] = False,
) -> None:
    """Run the three workers until told to stop. SIGTERM and Ctrl-C let what is under way finish."""
    # Until the loop takes signals there is nothing to drain: the imports below take a second.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave(0))
    from workers.supervisor.main import RunOptions
    from workers.supervisor.main import main as supervise

    leave(supervise(RunOptions(report=report, demo=demo)))


@app.command("server", context_settings={"ignore_unknown_options": True}, add_help_option=False)
def server(arguments: Annotated[list[str] | None, typer.Argument(metavar="…")] = None) -> None:
    """Keep the embedded Temporal server until standard input ends."""
    from workers.server.main import main as keep_server

    raise typer.Exit(keep_server(arguments or []))


def main() -> None:
    """Run the command line."""
    from workers.store.commands import store_app, users_app

    app.add_typer(store_app, name="store")
    app.add_typer(users_app, name="users")
    app(prog_name="tconsole" if sys.argv[1:2] and sys.argv[1] in CONSOLES_OWN else "python -m workers")
