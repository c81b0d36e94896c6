"""The command ``tconsole operators``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from filelock import Timeout

from console.operators.editing import NewOperator, NotChangedError, add, remove
from console.start import flags
from console.twin.writing import put_values, tell
from workflows.runtime.console_settings import operator_mistake
from workflows.runtime.settings import Settings, SettingsError, read_settings
from workflows.runtime.signing import HTTP, WORKERS, key_file
from workflows.shared.identity.mode import Channel
from workflows.shared.identity.operators import Operator, OperatorsError, read_operators
from workflows.shared.identity.permissions import Permission

REFUSED = 1
SERVICE_ROLES = {WORKERS: [Permission.SERVICE, Permission.SEND], HTTP: [Permission.SEE]}
SERVICE_CHANNELS: dict[str, list[Channel]] = {WORKERS: ["slack", "customer"], HTTP: ["http"]}
"""What processes of ours need that sign by themselves; they are operators of these names."""
USUAL_ROLES = [Permission.SEE, Permission.CREATE, Permission.DECIDE]

operators_app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Say who may sign messages, with which key, and what they may do: for TCONSOLE_IDENTITY=signed.",
)


@operators_app.command("add")
def add_operator(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who signs; `workers` and `http` are processes.")],
    *,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="What they may do; may come several times. Default: see, create, decide."),
    ] = None,
    acts_for: Annotated[
        list[str] | None,
        typer.Option("--acts-for", metavar="http|slack|customer", help="Whose verified wishes the key may sign, too."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="Of a key that was made on another machine.")
    ] = None,
    no_key: Annotated[bool, typer.Option("--no-key", help="They act over HTTP or in Slack only.")] = False,
) -> None:
    """Make a key pair: the private key stays in the data folder, the public one goes into the operators file."""
    if mistake := operator_mistake(name):
        raise flags.ContradictionError(f"NAME: {mistake}")
    if no_key and public_key:
        raise flags.ContradictionError("--no-key and --public-key exclude each other")
    name, settings = name.strip(), _settings()
    file = settings.resolved_operators_file
    roles = [str(each) for each in role or SERVICE_ROLES.get(name, USUAL_ROLES)]
    channels = acts_for or SERVICE_CHANNELS.get(name, [])
    new = NewOperator(name, roles, channels, public_key, without_key=no_key)
    with _refusing():
        entry = add(file, settings.data_dir, new, datetime.now(UTC))
    typer.echo(f"{name} may {', '.join(roles)}: {file}")
    if entry.public_key and not public_key:
        typer.echo(f"private key, for this machine alone: {key_file(settings.data_dir, name)}")
        typer.echo(f"public key: {entry.public_key}")
    if settings.identity == "open":
        tell("TCONSOLE_IDENTITY is open: signatures count once it is signed")


@operators_app.command("list")
def list_operators(output: flags.Output = "text") -> None:
    """Say who is in the operators file, with their roles, and whose key is here."""
    settings = _settings()
    with _refusing():
        file = settings.resolved_operators_file
        operators = read_operators(file).file.operator
    values = [each.model_dump(mode="json") | {"key_here": _has_key(settings, each)} for each in operators]
    put_values(values, output, [_line(settings, each) for each in operators])


@operators_app.command("remove")
def remove_operator(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Take no message of theirs from now on. Their entry stays in the file: what they signed before stands."""
    settings = _settings()
    file: Path = settings.resolved_operators_file
    with _refusing():
        had_key = remove(file, settings.data_dir, name.strip(), datetime.now(UTC))
    typer.echo(f"{name} is no operator any more{', and the private key here is gone' if had_key else ''}: {file}")


def _settings() -> Settings:
    try:
        return read_settings(Settings)
    except SettingsError as error:
        raise flags.ContradictionError(str(error)) from error


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (NotChangedError, OperatorsError, OSError, Timeout) as error:
        for line in str(error).splitlines():
            tell(line)
        raise typer.Exit(REFUSED) from None


def _has_key(settings: Settings, operator: Operator) -> bool:
    return operator.removed_at is None and key_file(settings.data_dir, operator.name).exists()


def _line(settings: Settings, operator: Operator) -> str:
    parts = [f"{operator.name:<20} {', '.join(operator.roles) or 'no role'}"]
    if operator.acts_for:
        parts.append(f"acts for others: {', '.join(operator.acts_for)}")
    if operator.public_key is None:
        parts.append("without a key")
    if operator.removed_at is not None:
        parts.append(f"removed {operator.removed_at:%Y-%m-%d %H:%M} UTC")
    elif _has_key(settings, operator):
        parts.append("key here")
    return "; ".join(parts)
