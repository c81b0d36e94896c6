"""`tconsole store restore`: puts a backup in the place of store and embedded server, all or nothing."""

import asyncio
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, delete, text

from workers.store.archive import SERVER, STORE, BackupError, Manifest, copy_tables, is_empty, unpack
from workers.store.engine import Store
from workers.store.migrate import exists, open_store
from workers.store.schema import metadata, store_ids
from workflows.runtime.background import POLL_INTERVAL, PRIVATE
from workflows.runtime.embedded import STATE_FILE, server_process

CLOSING_SECONDS = 3.0
"""How long PostgreSQL may take to end the session of a process that has just left."""
REPLACED = ".replaced"
"""Suffix of the file that a restored one took the place of."""


async def restore(archive: Path, url: str, data_dir: Path, run_dir: Path, *, replace: bool) -> Manifest:
    """Restore a backup into the store at ``url``, and the server's file into the data folder.

    Raises:
        StoreError: the backup cannot be used, or the place is in use, or not empty and not to be replaced.
    """
    target = Store.at(url)
    await target.close()
    place = Path(target.url.database or "").parent if target.is_sqlite else data_dir
    try:
        _make_folders(archive, place, data_dir)
        with _no_server(data_dir, run_dir), tempfile.TemporaryDirectory(dir=place, prefix=".tconsole-restore-") as name:
            unpacked = Path(name)
            manifest = await asyncio.to_thread(unpack, archive, unpacked)
            # Refuses a newer one, and upgrades an older one.
            source = await open_store(URL.create("sqlite", database=str(unpacked / STORE)).render_as_string())
            try:
                await _check_unused(target)
                if not replace:
                    await _check_empty(target, url, data_dir if manifest.has_server else None)

                # The server's file first: a store that is newer than its server does no harm.
                def put_server() -> None:
                    if manifest.has_server:
                        _put(unpacked / SERVER, data_dir / STATE_FILE)

                if not target.is_sqlite:
                    await _fill(source, url, put_server)
            finally:
                await source.close()
            if target.is_sqlite:
                put_server()
                _put(unpacked / STORE, Path(target.url.database or ""))
    except OSError as error:
        raise BackupError(f"the backup cannot be restored: {error}") from error
    return manifest


def _make_folders(archive: Path, *folders: Path) -> None:
    if not archive.is_file():
        raise BackupError(f"there is no file {archive}; give the path of a backup")
    if not zipfile.is_zipfile(archive):
        raise BackupError(f"{archive} is not a backup of tconsole, or is damaged")
    for folder in folders:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


@contextmanager
def _no_server(data_dir: Path, run_dir: Path) -> Iterator[None]:
    """Keep the embedded server from being started. Raises ``BackupError`` if it runs."""
    lock = server_process(run_dir).acquire()
    try:
        if lock is None or _is_open(data_dir / STATE_FILE):
            raise BackupError(f"the embedded server of {data_dir} runs; leave all consoles and stop all workers first")
        yield
    finally:
        if lock is not None:
            os.close(lock)


async def _check_unused(target: Store) -> None:
    """Raise ``BackupError`` if another process uses the store."""
    if not target.is_sqlite and await _is_pooled(target.url):
        raise BackupError(
            f"the store {target.masked_url} is behind a pooler, where it cannot be seen who uses it;"
            " give the address of PostgreSQL itself in TCONSOLE_STORE_URL"
        )
    used = _is_open(Path(target.url.database or "")) if target.is_sqlite else await _has_sessions(target.url)
    if used:
        raise BackupError(f"the store {target.masked_url} is in use; leave all consoles and stop all workers first")


def _is_open(database: Path) -> bool:
    """Return whether another process has a SQLite file open: only alone can one leave its write-ahead log."""
    if not database.exists() or not database.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            alone: bool = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        return True
    except sqlite3.DatabaseError:
        return False  # it is no database, and nobody's
    return not alone


async def _is_pooled(url: URL) -> bool:
    """Return whether something between us and PostgreSQL lends sessions."""
    store = Store.at(url.render_as_string(hide_password=False))
    try:
        return await store.read(_is_lent)
    finally:
        await store.close()


def _is_lent(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return driver is not None and driver.info.backend_pid != connection.scalar(text("SELECT pg_backend_pid()"))


async def _has_sessions(url: URL) -> bool:
    """Return whether another process is connected to the PostgreSQL store; one that has just left has a moment."""
    store = Store.at(url.render_as_string(hide_password=False))
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            while await store.read(_sessions):  # noqa: ASYNC110 - the database does not tell of it
                await asyncio.sleep(POLL_INTERVAL)
    except TimeoutError:
        return True
    finally:
        await store.close()
    return False


def _sessions(connection: Connection) -> int:
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(others) or 0)


async def _check_empty(target: Store, url: str, data_dir: Path | None) -> None:
    """Raise ``BackupError`` if anything would be lost."""
    if data_dir is not None and (data_dir / STATE_FILE).exists():
        raise BackupError(
            f"{data_dir / STATE_FILE} exists: use a new data folder, or replace it and the store with --replace"
        )
    if await exists(url):
        known = await open_store(url)
        try:
            empty = await known.read(is_empty, [table for table in metadata.sorted_tables if table is not store_ids])
        finally:
            await known.close()
        if not empty:
            raise BackupError(f"the store {target.masked_url} is not empty: replace it with --replace")


async def _fill(source: Store, url: str, before_commit: Callable[[], None]) -> None:
    """Replace all rows of a PostgreSQL store, in one transaction."""
    target = await open_store(url)
    try:

        def copy(rows: Connection) -> None:
            target.write_now(_replace_rows, rows, before_commit)

        await source.read(copy)
    finally:
        await target.close()


def _replace_rows(connection: Connection, rows: Connection, before_commit: Callable[[], None]) -> None:
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    copy_tables(rows, connection)
    before_commit()


def _put(restored: Path, place: Path) -> None:
    """Put a SQLite file in its place; the one that was there is kept beside it."""
    for suffix in ("-wal", "-shm"):  # nobody has it open: they are empty, or there is none
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    if place.exists():
        place.replace(place.with_name(place.name + REPLACED))
    restored.replace(place)
