"""The commands of ``python -m workers``. People use ``tconsole``, which starts the first two and passes the rest on.

Each command imports what it needs when it is called: the keeper must start fast, and both it and the supervisor live
long and shall take little memory. So only the store's commands have a parser; the others get their options in JSON.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from workflows.runtime.exit import exit_process

if TYPE_CHECKING:
    import typer

    from workers.settings.base import WorkerSettings
    from workers.system import AnySystem

WRONG_USAGE = 2
ENDING = (signal.SIGTERM, signal.SIGINT)

USAGE = """\
usage: python -m workers COMMAND …

  run [OPTIONS]    the workers of all systems, until told to stop
  server OPTIONS   the embedded Temporal server, until it has no user left
  settings         say whether the workers can use their settings
  store            sample, stock SKU QUANTITY, backup FILE, restore FILE, adopt [ID]
  people           tell the approvals who is in the company, and who decides: add ID, import FILE.csv, list
  users            tell the campaigns whom they can write to: import FILE.csv, report-bounce WHO
  approvals        look at the approval policy: check-policy [FILE], explain --input-file REQUEST; verify-trail FILE;
                   releases, which are to be paid
  campaigns        say what another policy of caps would have refused: what-if --policy FILE
  policy           the caps of all users who have none of their own: show, set FILE
  check            look for money, stock, parcels, votes and messages that nobody owns
  mend             mend what `check` finds: payment, stock, parcel, message
  doctor           say whether server, store, workers and services are fine, and what to do where they are not

OPTIONS are JSON. People use `tconsole`.
"""


def main(arguments: Sequence[str], systems: "Sequence[AnySystem] | None" = None) -> None:
    """Run the command that the arguments name, and leave with its exit code. ``systems``: instead of the registry's."""
    name = arguments[0] if arguments else ""
    if name == "run":
        # Until its loop takes signals there is nothing to drain: the imports take a second.
        for number in ENDING:
            signal.signal(number, lambda *_: exit_process(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)  # `tconsole` hands over with both blocked
    if name in {"-h", "--help"}:
        sys.stdout.write(USAGE)
        exit_process(0)
    if name == "run":
        exit_process(_run(arguments[1:], systems))
    if name not in COMMANDS:
        sys.stderr.write(f"tconsole: python -m workers: {name!r} is no command; see python -m workers --help\n")
        exit_process(WRONG_USAGE)
    exit_process(COMMANDS[name](arguments))


def _run(arguments: Sequence[str], systems: "Sequence[AnySystem] | None") -> int:
    from workers.registry import SYSTEMS
    from workers.supervisor.main import main as supervise
    from workflows.runtime.health import SupervisorOptions

    options = SupervisorOptions(**json.loads(arguments[0])) if arguments else SupervisorOptions()
    return supervise(options, SYSTEMS if systems is None else systems)


def _server(arguments: Sequence[str]) -> int:
    from workers.server.main import main as keep_server

    return keep_server(arguments[1:])


def _settings(_: Sequence[str] = ()) -> int:
    from workers.settings.check import check_settings
    from workflows.runtime.settings import SettingsError

    try:
        check_settings(_all_settings)
    except SettingsError as error:
        sys.stderr.write(f"tconsole: {' '.join(str(error).split())}\n")
        return WRONG_USAGE
    return 0


def _all_settings() -> "Sequence[type[WorkerSettings]]":
    from workers.registry import SYSTEMS  # imports all workflows: half a second

    return [system.settings for system in SYSTEMS]


def _store(arguments: Sequence[str]) -> int:
    from workers.store.commands import store_app

    app = _new_app()
    app.add_typer(store_app, name="store")
    return _call(app, arguments)


def _people(arguments: Sequence[str]) -> int:
    from workers.store.people_commands import people_app

    app = _new_app()
    app.add_typer(people_app, name="people")
    return _call(app, arguments)


def _users(arguments: Sequence[str]) -> int:
    from workers.bounces.commands import report_bounce
    from workers.store.commands import users_app

    app = _new_app()
    users_app.command("report-bounce")(report_bounce)
    app.add_typer(users_app, name="users")
    return _call(app, arguments)


def _approvals(arguments: Sequence[str]) -> int:
    from workers.policy.commands import approvals_app

    app = _new_app()
    app.add_typer(approvals_app, name="approvals")
    return _call(app, arguments)


def _campaigns(arguments: Sequence[str]) -> int:
    from workers.caps.commands import campaigns_app

    app = _new_app()
    app.add_typer(campaigns_app, name="campaigns")
    return _call(app, arguments)


def _policy(arguments: Sequence[str]) -> int:
    from workers.caps.policy_commands import policy_app

    app = _new_app()
    app.add_typer(policy_app, name="policy")
    return _call(app, arguments)


def _books(arguments: Sequence[str]) -> int:
    from workers.books.commands import check, mend_app

    app = _new_app()
    app.command("check")(check)
    app.add_typer(mend_app, name="mend")
    return _call(app, arguments)


def _doctor(arguments: Sequence[str]) -> int:
    from workers.doctor.commands import doctor

    app = _new_app()
    app.callback()(_several_commands)
    app.command("doctor")(doctor)
    return _call(app, arguments)


def _several_commands() -> None:
    """Keep the command's name among the arguments: an app of one command alone would not take it."""


def _new_app() -> "typer.Typer":
    import typer

    return typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _call(app: "typer.Typer", arguments: Sequence[str]) -> int:
    import typer
    from typer.core import TyperOption

    from workflows.runtime.help import hide_flag_types

    hide_flag_types(TyperOption)
    if not {"-h", "--help"} & set(arguments) and (code := _settings()):
        return code
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
    "server": _server,
    "settings": _settings,
    "store": _store,
    "people": _people,
    "users": _users,
    "approvals": _approvals,
    "campaigns": _campaigns,
    "policy": _policy,
    "check": _books,
    "mend": _books,
    "doctor": _doctor,
}
