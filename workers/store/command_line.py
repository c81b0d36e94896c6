"""What the commands about the store have in common: the store of the settings, and one clear line for what is wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from workers.settings.base import WorkerSettings
from workers.store.csv_file import FileMistakesError
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.migrate import open_existing_store, open_store
from workflows.runtime.embedded import RUN, demo_folder, server_process
from workflows.runtime.settings import SettingsError, read_settings
from workflows.shared.fields import Identifier
from workflows.shared.inputs import one_line, printable

REFUSED, WRONG_USAGE = 1, 2
"""Exit codes."""
MAX_TIME = 60
"""Characters of a time that is none."""
OPERATOR: TypeAdapter[str] = TypeAdapter(Identifier)

AnswerT = TypeVar("AnswerT")


class Output(StrEnum):
    """How an answer is written: for people, or as one JSON value."""

    TEXT = "text"
    JSON = "json"


class ListOutput(StrEnum):
    """How a list is written: for people, as one JSON value, or as one on each line."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


def with_store(work: Callable[[Store], Awaitable[AnswerT]], *, make: bool = True) -> AnswerT:
    """Do the work in the store of the settings, made if need be; end the command if the store cannot be used."""

    async def _run() -> AnswerT:
        store = await (open_store if make else open_existing_store)(worker_settings().resolved_store_url)
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        return asyncio.run(_run())
    except StoreError as error:
        fail(str(error), REFUSED)


def say_which_store() -> None:
    """Say which store a command has written to while a demo runs beside it: the demo shows nothing of it."""
    settings = worker_settings()
    demo = demo_folder(settings.data_dir)
    if server_process(demo / RUN).is_running():
        where = "that TCONSOLE_STORE_URL names" if settings.store_url else f"in {settings.data_dir}"
        typer.echo(f"this is the store {where}; the demo that runs has its own, in {demo}", err=True)


def import_csv(file: Path, work: Callable[[Store, Path], Awaitable[AnswerT]]) -> AnswerT:
    """Import the file into the store of the settings; end the command if it has mistakes."""
    if not file.is_file():
        fail(f"FILE.csv: there is no file {file}; give the path of a CSV file", WRONG_USAGE)
    try:
        return with_store(lambda store: work(store, file))
    except FileMistakesError as error:
        fail(f"{error}\nnothing was imported", REFUSED)
    except OSError as error:
        fail(f"FILE.csv: {file} cannot be read: {error.strerror or error}", REFUSED)


def worker_settings() -> WorkerSettings:
    """Return the settings; end the command if they cannot be read."""
    try:
        return read_settings(WorkerSettings)
    except SettingsError as error:
        fail(" ".join(str(error).split()), WRONG_USAGE)


def read_text(file: str, option: str) -> str:
    """Return a file's text, ``-`` for standard input; end the command if it cannot be read."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(f"{option}: {file} cannot be read: {error.strerror or error}", WRONG_USAGE)
    except UnicodeDecodeError as error:
        fail(f"{option}: {file} is no text in UTF-8: {error.reason} at byte {error.start}", WRONG_USAGE)


def moment(text: str) -> datetime:
    """Return the moment that an option names; without an offset it is in UTC. Raises ``typer.BadParameter``."""
    try:
        given = datetime.fromisoformat(text.strip())
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        rest = "write it as 2026-12-01, 2026-12-01T08:00:00Z or 2026-12-01T08:00:00+01:00; UTC if it has no offset"
        raise typer.BadParameter(f"{printable(text, MAX_TIME)!r} is no time; {rest}") from None


def check_operator(by: str) -> None:
    """End the command if ``--by`` names nobody who can be shown in one line."""
    try:
        OPERATOR.validate_python(by)
    except ValidationError as error:
        fail(f"--by: {one_line(error)}", WRONG_USAGE)


def fail(line: str, code: int) -> NoReturn:
    """Say what is wrong, and end the command."""
    typer.echo(line, err=True)
    raise typer.Exit(code)
