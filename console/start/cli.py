"""The command ``tconsole``."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer
from typer.core import TyperOption

from console.browser.where import in_browser
from console.start import flags
from console.start.help_text import EPILOG, HELP
from console.start.pass_on import PASSED_ON, become_workers
from console.twin.faces import FACES
from workflows.runtime.exit import exit_process
from workflows.runtime.help import hide_flag_types

if TYPE_CHECKING:
    from workflows.runtime.settings import Settings

SettingsT = TypeVar("SettingsT", bound="Settings")

REFUSED, WRONG_USAGE = 1, 2

COMPLETE, COMPLETE_VARIABLE = "__complete", "_TCONSOLE_COMPLETE"
"""How Temporal's command and the shells ask for completions."""

CANNOT_DRAW = frozenset({"dumb", "unknown"})
"""Values of ``TERM``."""

app = typer.Typer(
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True, help=HELP, epilog=EPILOG)
@flags.take_connection_flags
def console(  # noqa: PLR0913 - one parameter for each option of the command
    context: typer.Context,
    *,
    demo: flags.Demo = False,
    ephemeral: flags.Ephemeral = False,
    no_workers: flags.NoWorkers = False,
    workers_only: flags.WorkersOnly = False,
    web: flags.Web = False,
    web_port: flags.WebPort = None,
    read_only: flags.ReadOnly = False,
    operator: flags.Operator = None,
    opening: flags.Opening = None,
    version: flags.Version = False,  # noqa: ARG001 - answered by its own callback
    **connection: object,
) -> None:
    """Start the console, or the workers alone."""
    flags.override_environment(os.environ, connection)
    headless = {"--ephemeral": ephemeral, "--read-only": read_only, "--operator": operator is not None}
    headless["--open"] = opening is not None
    if context.invoked_subcommand is not None:
        own = {**headless, "--demo": demo, "--no-workers": no_workers, "--workers-only": workers_only, "--web": web}
        _refuse_before(context.invoked_subcommand, own)
        return
    flags.take_operator(operator)
    if read_only:
        os.environ["TCONSOLE_READ_ONLY"] = "true"
    given_address = {"--address": connection.get("address") is not None}
    _exclude("--workers-only", workers_only, headless, "those are the console's")
    _exclude("--no-workers", no_workers, {"--workers-only": workers_only}, "nothing would run")
    _exclude("--no-workers", no_workers, {"--demo": demo}, "the demo lives in the workers")
    _exclude("--ephemeral", ephemeral, given_address, "it starts a server of its own")
    _exclude("--web", web, {"--workers-only": workers_only}, "nobody would see a screen")
    _exclude("--web", web, {"--ephemeral": ephemeral}, "each tab would have a server of its own")
    if web_port is not None and not web:
        raise flags.ContradictionError("--web-port is of --web; give both")
    if web:
        given = [flag for flag, wanted in (("--demo", demo), ("--no-workers", no_workers)) if wanted]
        _show_in_browser(web_port or flags.WEB_PORT, [*given, *(["--open", opening] if opening else [])])
    if workers_only:
        if demo:
            _enter_demo()
        become_workers(["run", *(['{"demo": true}'] if demo else [])])
    _show_console(demo=demo, ephemeral=ephemeral, workers=not no_workers, opening=(opening or "").strip())


@app.command("store", context_settings=PASSED_ON, add_help_option=False)
def store(context: typer.Context) -> None:
    """Fill the store (`store sample`, `store stock SKU QUANTITY`); `store backup FILE`, `store restore FILE`."""
    become_workers(["store", *context.args])


@app.command("people", context_settings=PASSED_ON, add_help_option=False)
def people(context: typer.Context) -> None:
    """Tell the approvals who is in the company: `people add ID`, `people import FILE.csv`, `people list`."""
    become_workers(["people", *context.args])


def _add_face(name: str, about: str) -> None:
    @app.command(name, context_settings=PASSED_ON, add_help_option=False, help=about)
    def face(context: typer.Context) -> object:
        from console.twin.app import run_face

        return run_face(name, context.args)


for _name, _face in FACES.items():
    _add_face(_name, _face.about)


@app.command("policy", context_settings=PASSED_ON, add_help_option=False)
def policy(context: typer.Context) -> None:
    """Show or set the caps of all users who have none of their own: `policy show`, `policy set FILE`."""
    become_workers(["policy", *context.args])


@app.command("check", context_settings=PASSED_ON)
@flags.take_connection_flags
def check(context: typer.Context, **connection: object) -> None:
    """Look for money, stock, parcels, votes and messages that nobody owns. Exit code 1 if there is any."""
    flags.override_environment(os.environ, connection)
    become_workers(["check", *context.args])


@app.command("mend", context_settings=PASSED_ON, add_help_option=False)
@flags.take_connection_flags
def mend(context: typer.Context, **connection: object) -> None:
    """Mend what `tconsole check` finds: `mend payment|stock|parcel|message ID`."""
    flags.override_environment(os.environ, connection)
    become_workers(["mend", *context.args])


@app.command("doctor", context_settings=PASSED_ON)
@flags.take_connection_flags
def doctor(context: typer.Context, **connection: object) -> None:
    """Say whether server, workers, store and services are fine, and what to do if not. `-o json` for scripts."""
    flags.override_environment(os.environ, connection)
    become_workers(["doctor", *context.args])


@app.command("journal")
def journal(
    *,
    output: flags.Output = "text",
    since: flags.Since = None,
    who: flags.Who = "",
    find: flags.Find = "",
    demo: flags.OfDemo = False,
) -> None:
    """Say what operators did from the consoles of this data folder, newest first: when, who, what, why, the answer."""
    from console.journal.book import JournalError
    from console.journal.command import WrongTimeError, listed
    from workflows.runtime.settings import Settings

    try:
        lines = listed(_read(Settings).data_dir, demo=demo, output=output, since=since, who=who, find=find)
    except WrongTimeError as error:
        raise flags.ContradictionError(f"--since {error}") from error
    except JournalError as error:
        exit_process(_say(str(error), REFUSED))
    for line in lines:
        typer.echo(line)


@app.command("inbox")
@flags.take_connection_flags
def inbox(
    *,
    output: flags.Output = "text",
    operator: flags.Operator = None,
    demo: flags.OfDemo = False,
    **connection: object,
) -> None:
    """Say what waits for a person in all systems, the most urgent first, and why. It changes nothing."""
    from console.inbox.command import listed
    from console.start.state import LaunchError
    from console.start.who import login
    from workflows.runtime.console_settings import ConsoleSettings

    flags.override_environment(os.environ, connection)
    flags.take_operator(operator)
    settings = _read(ConsoleSettings)
    try:
        lines, warning = listed(settings, settings.operator or login(demo=demo), output, demo=demo)
    except LaunchError as error:
        exit_process(_say(str(error), error.code))
    for line in lines:
        typer.echo(line)
    if warning:
        _say(warning, 0)


@app.command("report")
@flags.take_connection_flags
def report(
    *,
    since: flags.Since = "8h",
    who: flags.Who = "",
    operator: flags.Operator = None,
    demo: flags.OfDemo = False,
    **connection: object,
) -> None:
    """Write the hand-over report of a shift in Markdown: what was done, and what waits now. It changes nothing."""
    from console.journal.book import JournalError
    from console.journal.command import WrongTimeError, handed_over
    from console.start.who import login
    from workflows.runtime.console_settings import ConsoleSettings

    flags.override_environment(os.environ, connection)
    flags.take_operator(operator)
    settings = _read(ConsoleSettings)
    try:
        text, failure = handed_over(settings, settings.operator or login(demo=demo), since, who, demo=demo)
    except WrongTimeError as error:
        raise flags.ContradictionError(f"--since {error}") from error
    except JournalError as error:
        exit_process(_say(str(error), REFUSED))
    typer.echo(text, nl=False)
    if failure is not None:
        exit_process(_say(str(failure), failure.code))


@app.command("help", hidden=True)
def show_help(context: typer.Context) -> None:
    """Show this help, as `temporal help console` asks for it."""
    typer.echo(context.find_root().get_help())


@app.command("completion")
def completion(shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish")]) -> None:
    """Write what completes this command line: `source <(tconsole completion bash)`."""
    from console.twin.completion import script

    try:
        typer.echo(script(shell))
    except ValueError as error:
        raise flags.ContradictionError(str(error)) from error


@app.command("api", context_settings=PASSED_ON, add_help_option=False)
def api(context: typer.Context) -> object:
    """Serve all systems over HTTP; `api token NAME` makes a token for one who may call. Needs tconsole[api]."""
    from console.api.command import api_app

    return api_app([*context.args], prog_name="tconsole api", standalone_mode=False)


@app.command("operators", context_settings=PASSED_ON, add_help_option=False)
def operators(context: typer.Context) -> object:
    """Say who may sign messages, and what they may do: `operators add NAME`, `operators list`, `operators remove`."""
    from console.operators.command import operators_app

    return operators_app([*context.args], prog_name="tconsole operators", standalone_mode=False)


demo_app = typer.Typer(no_args_is_help=True)
app.add_typer(demo_app, name="demo")


@demo_app.callback()
def _demo() -> None:
    """Empty the demo, which `tconsole --demo` shows."""


@demo_app.command("reset")
def reset_demo() -> None:
    """Remove all that the demo has kept; it begins anew with the next `tconsole --demo`. Nothing else is touched."""
    from console.start.demo import DemoRunsError, reset
    from workflows.runtime.settings import Settings

    try:
        there_was_one = reset(_read(Settings).data_dir)
    except DemoRunsError as error:
        exit_process(_say(str(error), REFUSED))
    typer.echo("the demo is empty" if there_was_one else "the demo is empty: it has not run here")


def main() -> None:
    """Run the command; every mistake in it is one line on standard error."""
    hide_flag_types(TyperOption)
    if sys.argv[1:2] == [COMPLETE] or COMPLETE_VARIABLE in os.environ:
        from console.twin.completion import complete

        exit_process(complete(app, sys.argv[2:] if sys.argv[1:2] == [COMPLETE] else None))
    try:
        code = app(prog_name="tconsole", standalone_mode=False)
    except flags.ContradictionError as error:
        code = _say(str(error), WRONG_USAGE)
    except typer.TyperException as error:
        code, message = error.exit_code, error.format_message().rstrip(".")
        if message:  # without a command it has shown the help instead
            context = getattr(error, "ctx", None)
            _say(f"{message}; see {context.command_path if context else 'tconsole'} --help", code)
    except (typer.Abort, KeyboardInterrupt):
        code = 0
    exit_process(code if isinstance(code, int) else 0)


def _refuse_before(command: str, flags_given: Mapping[str, bool]) -> None:
    """Refuse the console's flags in front of a command, which would not see them."""
    for flag, given in flags_given.items():
        if given:
            where = f"write it after {command}, if tconsole {command} --help lists it"
            raise flags.ContradictionError(f"{flag} in front of {command} has no effect; {where}")


def _exclude(flag: str, given: bool, others: Mapping[str, bool], why: str) -> None:  # noqa: FBT001 - a flag's value
    for other, other_given in others.items():
        if given and other_given:
            raise flags.ContradictionError(f"{flag} and {other} exclude each other: {why}")


def _show_in_browser(port: int, console_flags: Sequence[str]) -> NoReturn:
    from console.browser.run import run_in_browser
    from workflows.runtime.console_settings import ConsoleSettings

    _read(ConsoleSettings)  # a mistake is said here, and not in each tab
    exit_process(run_in_browser(port, console_flags))


def _show_console(*, demo: bool, ephemeral: bool, workers: bool, opening: str) -> NoReturn:
    if not (in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())):
        exit_process(
            _say(
                "the console needs a terminal; without one, try --web (a browser) or --workers-only",
                WRONG_USAGE,
            )
        )
    if os.environ.get("TERM") in CANNOT_DRAW:
        line = f"TERM={os.environ['TERM']}: this terminal cannot draw a screen; use another, or set TERM=xterm-256color"
        exit_process(_say(line, WRONG_USAGE))
    gc.disable()  # a tenth of the start goes into looking for garbage in imports; the screen turns it on again
    from console.start.run import ConsoleOptions, run
    from workflows.runtime.console_settings import ConsoleSettings

    settings = _read(ConsoleSettings)
    exit_process(run(ConsoleOptions(demo=demo, ephemeral=ephemeral, workers=workers, opening=opening), settings))


def _enter_demo() -> None:
    """Give this process the demo's folder, and its box unless a server is named for it."""
    from console.start.demo import boxed, names_a_server
    from workflows.runtime.embedded import demo_folder
    from workflows.runtime.settings import Settings

    folder = demo_folder(_read(Settings).data_dir)
    if not names_a_server():
        box = {**boxed(os.environ), "TEMPORAL_CONFIG_FILE": os.devnull}
        os.environ.clear()
        os.environ.update(box)
    os.environ["TCONSOLE_DATA_DIR"] = str(folder)


def _read(kind: type[SettingsT]) -> SettingsT:
    from workflows.runtime.settings import SettingsError, read_settings

    try:
        return read_settings(kind)
    except SettingsError as error:
        exit_process(_say(str(error), WRONG_USAGE))


def _say(line: str, code: int) -> int:
    sys.stderr.write(f"tconsole: {' '.join(line.split())}\n")
    return code
