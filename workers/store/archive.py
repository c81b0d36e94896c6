"""The file of a backup: a ZIP archive of the store, as SQLite, and of the embedded server's file.

A store on PostgreSQL is written as SQLite, too, so that a backup restores to either database.
"""

import json
import sqlite3
import zipfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from workers.store.errors import StoreError
from workers.store.schema import metadata

FORMAT = 1
MANIFEST, STORE, SERVER = "manifest.json", "store.sqlite", "temporal.sqlite"
ROWS = 500
"""Rows that are copied at a time."""


class BackupError(StoreError):
    """A backup cannot be made or used; nothing was changed."""


@dataclass(frozen=True)
class Manifest:
    """What a backup is of."""

    store_id: str
    revision: str
    created_at: str
    has_server: bool
    format: int = FORMAT


def pack(archive: Path, manifest: Manifest, folder: Path) -> None:
    """Write the files in ``folder`` into a new archive, which only its owner can read. Raises ``OSError``."""
    archive.touch(mode=0o600, exist_ok=False)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        for name in (STORE, *([SERVER] if manifest.has_server else [])):
            target.write(folder / name, name)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Write the files of an archive into ``folder``, and check that they are whole.

    Raises:
        BackupError: it is not the whole file of a backup, or of a newer program.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            manifest = _manifest(source, archive)
            for name in (STORE, *([SERVER] if manifest.has_server else [])):
                source.extract(name, folder)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BackupError(f"{archive} is not a backup of tconsole, or is damaged: {error}") from error
    except OSError as error:
        raise BackupError(f"{archive} cannot be read: {error.strerror or error}") from error
    for name in (STORE, *([SERVER] if manifest.has_server else [])):
        check_whole(folder / name, f"{archive}: {name}")
    return manifest


def _manifest(source: zipfile.ZipFile, archive: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads(source.read(MANIFEST)))
    except (ValueError, TypeError) as error:
        raise BackupError(f"{archive} is not a backup of tconsole: {MANIFEST} cannot be read") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{archive} was written by a newer tconsole; upgrade tconsole")
    return manifest


def check_whole(database: Path, named: str) -> None:
    """Check that a SQLite file is not damaged. Raises ``BackupError``."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise BackupError(f"{named} is damaged: {found}")


def copy_tables(source: Connection, target: Connection) -> None:
    """Copy all rows of all tables into empty ones of another database."""
    for table in metadata.sorted_tables:
        rows = source.execution_options(yield_per=ROWS).execute(select(table)).mappings()
        for some in rows.partitions(ROWS):
            _insert(target, table, [dict(row) for row in some])
        _point_to_itself(source, target, table)


def _insert(target: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    blank = dict.fromkeys(_own_references(table))
    target.execute(insert(table), [{**row, **blank} for row in rows])


def _point_to_itself(source: Connection, target: Connection, table: Table) -> None:
    """Set references within a table, such as people's managers, when all its rows are there."""
    (key,) = table.primary_key if len(table.primary_key) == 1 else (None,)
    for name in _own_references(table):
        assert key is not None  # noqa: S101 - a reference names one column
        column = table.c[name]
        pairs = source.execute(select(key.label("at"), column.label("to")).where(column.is_not(None))).mappings().all()
        if pairs:
            change = update(table).where(key == bindparam("at")).values({name: bindparam("to")})
            target.execute(change, [dict(pair) for pair in pairs])


def _own_references(table: Table) -> list[str]:
    return [each.parent.name for each in table.foreign_keys if each.column.table is table]


def is_empty(connection: Connection, tables: Iterable[Table]) -> bool:
    """Return whether none of the tables has a row."""
    return all(connection.execute(select(table).limit(1)).first() is None for table in tables)
