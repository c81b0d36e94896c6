"""The commands about the store: `tconsole store …` and `tconsole users …`."""

import asyncio
import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import Progress

from workers.store.archive import Manifest
from workers.store.backup import back_up
from workers.store.command_line import (
    REFUSED,
    WRONG_USAGE,
    fail,
    import_csv,
    say_which_store,
    with_store,
    worker_settings,
)
from workers.store.csv_file import CHUNK
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.exports import PRESETS
from workers.store.identity import read_store_ids, replace_store
from workers.store.inventory import SqlInventory
from workers.store.restore import restore
from workers.store.user_row import UserCells
from workers.store.users_csv import Options, import_users
from workflows.runtime.embedded import RUN, STATE_FILE
from workflows.shared.counts import number_of
from workflows.shared.fields import Country, Identifier
from workflows.shared.zones import KnownTimeZone

MAX_STOCK = 1_000_000_000
MAX_NAMED = 10
COLLECT_AFTER = 50_000
"""Objects that an import makes before it looks for garbage."""
STORE_ID = re.compile(r"[0-9a-f]{8}")
store_app = typer.Typer(help="Fill the store, back it up and restore it.", no_args_is_help=True)
users_app = typer.Typer(help="Tell the campaigns whom they can write to.", no_args_is_help=True)


@store_app.callback()
def _store() -> None:
    """Fill the store, back it up and restore it."""


@users_app.callback()
def _users() -> None:
    """Tell the campaigns whom they can write to."""


@store_app.command("sample")
def sample() -> None:
    """Add the sample data that is missing: stock, people and users. What is there stays as it is."""
    from workers.registry import SYSTEMS  # imports all workflows: half a second that no other command needs
    from workers.system import fill_sample

    typer.echo(f"the store has the sample data: {with_store(lambda store: fill_sample(SYSTEMS, store))}")
    say_which_store()


# Otherwise a negative number is reported as an unknown option.
@store_app.command("stock", context_settings={"ignore_unknown_options": True})
def set_stock(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="the SKU; it becomes known if it is new")],
    quantity: Annotated[str, typer.Argument(metavar="QUANTITY", help="pieces that can be ordered from now on")],
) -> None:
    """Set how many pieces of a SKU can be ordered. Pieces held or shipped for orders are not among them."""
    name, pieces = _sku(sku), _pieces(quantity)
    with_store(lambda store: SqlInventory(store).set_available(name, pieces))
    typer.echo(f"{name}: {pieces} available")
    say_which_store()


@store_app.command("adopt")
def adopt(
    store_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="of the lost store, as the workers say it")
    ] = None,
) -> None:
    """Let workflows of a lost store go on with this one, which is made if there is none.

    It knows nothing of what they did: orders may be paid, shipped and refunded a second time. Restore a backup instead
    if there is one.
    """
    if store_id is not None and not STORE_ID.fullmatch(store_id):
        fail(f"ID: {store_id!r} is not a store's ID; give the one that the workers say, such as 1f0c2ab9", WRONG_USAGE)

    async def work(store: Store) -> str:
        if store_id is not None:
            await store.write(replace_store, store_id)
        return (await store.read(read_store_ids)).own

    own = with_store(work)
    typer.echo(f"workflows of store {store_id} go on with store {own}" if store_id else f"the store is {own}")


@store_app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a new file; it holds customers' data")],
) -> None:
    """Write a backup of the store, and of the embedded server's state, while they run.

    It restores to SQLite and PostgreSQL. Of a server of your own it holds nothing: back up its database before this.
    """
    settings = worker_settings()
    state = settings.data_dir / STATE_FILE
    server = state if state.is_file() and not _has_own_server() else None
    manifest = with_store(lambda store: back_up(store, server, file), make=False)
    typer.echo(f"{file}: {_contents(manifest)}")


@store_app.command("restore")
def restore_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a backup")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a store that is not empty.")] = False,
) -> None:
    """Restore a backup. Nothing may use store and server meanwhile; a file that is replaced is kept beside it."""
    settings = worker_settings()
    url, data_dir = settings.resolved_store_url, settings.data_dir.resolve()
    try:
        manifest = asyncio.run(restore(file, url, data_dir, data_dir / RUN, replace=replace))
    except StoreError as error:
        fail(f"{error}; nothing was changed", REFUSED)
    typer.echo(f"restored {_contents(manifest)}")


def _has_own_server() -> bool:
    """Return whether the workers use another server than the embedded one."""
    from workflows.runtime.profile import ProfileError, load_profile

    try:
        return bool(load_profile().address)
    except ProfileError as error:
        fail(str(error), WRONG_USAGE)


def _contents(manifest: Manifest) -> str:
    server = " and the embedded server" if manifest.has_server else ", without a Temporal server,"
    return f"store {manifest.store_id}{server} as of {manifest.created_at}"


@users_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8, with the columns named above")],
    *,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help='What a column is: --map "Email Address=email_address".'),
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="|".join(PRESETS), help="The tool whose export the file is.")
    ] = None,
    country: Annotated[
        str | None,
        typer.Option("--country", metavar="CODE", help="Of telephone numbers without a country code, such as US."),
    ] = None,
    resubscribe: Annotated[
        bool, typer.Option("--resubscribe", help="Give back consent that was withdrawn, where the file says yes.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Import nobody when one row has a mistake.")] = False,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Of new users whose row has none: Europe/Paris.")
    ] = None,
) -> None:
    """Import users from a CSV file. Rows with a mistake are told with their line, and the others imported.

    Columns: user_id,email_address,phone,timezone,email,sms,push,segments. The three channels are yes or no; segments
    are separated by semicolons. Further columns become attributes, for merge fields such as {{ first_name }}; a column
    country is that of the telephone number, and email_bounce (hard or complaint) says that the e-mail address gets
    nothing any more. Columns may be separated by semicolons, tabs or bars.

    A known user is changed to what the file says, but an empty cell changes nothing, and who has opted out of a
    channel stays out.
    """
    options = Options(
        _columns(columns or []), _preset(preset), _country(country), resubscribe, strict, _timezone(timezone)
    )
    gc.freeze()  # a fifth of the time went into looking for garbage
    gc.set_threshold(COLLECT_AFTER)
    with _progress(file) as advance:
        imported = import_csv(file, lambda store, path: import_users(store, path, options, progress=advance))
    for mistake in imported.mistakes:
        typer.echo(f"{file}: {mistake}", err=True)
    for line in imported.recognised:
        typer.echo(line)
    typer.echo(f"imported {_users_of(imported.count)} from {file.name}")
    say_which_store()
    if suppressed := imported.upserted.suppressed:
        addresses = number_of(suppressed, "e-mail address", "e-mail addresses")
        typer.echo(f"suppressed: {addresses} that bounced, or whose owner complained")
    if kept_out := imported.upserted.kept_out:
        typer.echo(f"{_users_of(kept_out)} had opted out of a channel, and stay out; --resubscribe gives it back")
    if shared := sorted(imported.upserted.shared):
        typer.echo(f"of several users, whose sends caps count together: {_some(shared)}")
    if imported.mistakes:
        fail(f"{number_of(len(imported.mistakes), 'mistake')}: these rows were not imported", REFUSED)


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """Show how far an import is, where somebody looks at it; yield what to tell of the rows that are done."""
    console = Console(stderr=True)
    if not console.is_terminal or not file.is_file():
        yield lambda _: None
        return
    with file.open("rb") as lines:
        total = sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(CHUNK), b""))
    with Progress(*Progress.get_default_columns(), console=console, transient=True) as progress:
        task = progress.add_task("importing", total=total)
        yield lambda rows: progress.advance(task, rows)


def _timezone(name: str | None) -> str | None:
    try:
        return TypeAdapter(KnownTimeZone).validate_python(name) if name is not None else None
    except ValidationError as error:
        fail(f"--timezone: {error.errors()[0]['msg'].removeprefix('Value error, ')}", WRONG_USAGE)


def _columns(given: list[str]) -> dict[str, str]:
    fields = [name for name in UserCells.model_fields if name != "attributes"]
    names = {}
    for each in given:
        column, _, name = each.partition("=")
        if not column.strip() or name.strip() not in fields:
            fail(f"--map: {each!r} names no field; use COLUMN=FIELD with one of {', '.join(fields)}", WRONG_USAGE)
        names[column] = name.strip()
    return names


def _preset(name: str | None) -> str | None:
    if name is not None and name.lower() not in PRESETS:
        fail(f"--preset: {name!r} is not known; use {' or '.join(PRESETS)}, or --map", WRONG_USAGE)
    return name and name.lower()


def _country(code: str | None) -> str | None:
    try:
        return TypeAdapter(Country).validate_python(code) if code is not None else None
    except ValidationError as error:
        fail(f"--country: {error.errors()[0]['msg'].removeprefix('Value error, ')}", WRONG_USAGE)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(name for name in names[:MAX_NAMED])}{more}"


def _users_of(count: int) -> str:
    return f"{count} user{'' if count == 1 else 's'}"


def _sku(text: str) -> str:
    try:
        return TypeAdapter(Identifier).validate_python(text)
    except ValidationError:
        fail(f"SKU: {text!r} is not a SKU; use one line of visible characters, 200 at most", WRONG_USAGE)


def _pieces(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_STOCK)) and int(text) <= MAX_STOCK):
        fail(f"QUANTITY: {text!r} is not a whole number from 0 to {MAX_STOCK}; use one like 25", WRONG_USAGE)
    return int(text)
