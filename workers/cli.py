"""The commands of ``python -m workers``. People use ``tconsole``; this is what it starts, and passes on to.

Each command imports what it needs when it is called: the keeper must start fast, and both it and the supervisor
live long and shall take little memory.
"""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from workflows.runtime.exit import exit_process

WRONG_USAGE = 2
ENDING = (signal.SIGTERM, signal.SIGINT)

USAGE = """\
usage: python -m workers COMMAND …

  run      the three workers, until told to stop
  server   the embedded Temporal server, until standard input ends
  settings say whether the workers can use their settings
  store    fill the store: sample, stock SKU QUANTITY
  users    tell the campaigns whom they can write to: import FILE.csv

python -m workers COMMAND --help says more. People use `tconsole`, which starts these.
"""


def main(arguments: Sequence[str]) -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    name = arguments[0] if arguments else ""
    if name == "run":
        # Until its loop takes signals there is nothing to drain: the imports take a second.
        for number in ENDING:
            signal.signal(number, lambda *_: exit_process(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # `tconsole` hands over with both blocked
    if name in {"-h", "--help"}:
        sys.stdout.write(USAGE)
        exit_process(0)
    if name not in COMMANDS:
        sys.stderr.write(
            f"tconsole: python -m workers: {name!r} is no command; use run, server, settings, store or users\n"
        )
        exit_process(WRONG_USAGE)
    exit_process(COMMANDS[name](arguments))


def _run(arguments: Sequence[str]) -> int:
    from workers.supervisor.options import parse

    options = parse(arguments[1:])  # before the long imports: a mistake is said at once
    from workers.supervisor.main import main as supervise

    return supervise(options)


def _server(arguments: Sequence[str]) -> int:
    from workers.server.main import main as keep_server

    return keep_server(arguments[1:])


def _settings(_: Sequence[str]) -> int:
    from workers.settings import ServiceSettings
    from workflows.runtime.settings import SettingsError, read_settings

    try:
        read_settings(ServiceSettings)
    except SettingsError as error:
        sys.stderr.write(f"tconsole: {' '.join(str(error).split())}\n")
        return WRONG_USAGE
    return 0


def _store(arguments: Sequence[str]) -> int:
    import typer

    from workers.store.commands import store_app, users_app

    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(store_app, name="store")
    app.add_typer(users_app, name="users")
    try:
        code = app(list(arguments), prog_name="tconsole", standalone_mode=False)
    except typer.TyperException as error:
        message = error.format_message().rstrip(".")
        if message:  # without a command it has shown the help instead
            command = getattr(getattr(error, "ctx", None), "command_path", f"tconsole {arguments[0]}")
            sys.stderr.write(f"tconsole: {message}; see {command} --help\n")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 1
    return code if isinstance(code, int) else 0


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "run": _run,
    "server": _server,
    "settings": _settings,
    "store": _store,
    "users": _store,
}
