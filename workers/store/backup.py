"""`tconsole store backup`: store and embedded server at one moment, while they run.

The store takes no writes while the server's file is copied. So whatever the server's copy knows to be done is in the
store's copy, and whatever the store's copy holds was asked for by a workflow in the server's copy.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from workers.store.archive import SERVER, STORE, BackupError, Manifest, copy_tables, pack
from workers.store.databases import BUSY_SECONDS
from workers.store.engine import Store
from workers.store.identity import read_store_ids
from workers.store.migrate import REVISION, revision_table
from workers.store.schema import metadata


async def back_up(store: Store, server: Path | None, archive: Path) -> Manifest:
    """Write a backup of the store, and of the embedded server's file if there is one.

    Raises:
        StoreError: a database cannot be read, or ``archive`` exists or cannot be written.
    """
    if await asyncio.to_thread(archive.exists):
        raise BackupError(f"{archive} exists already; give the path of a new file")
    manifest = Manifest(
        store_id=(await store.read(read_store_ids)).own,
        revision=REVISION,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        has_server=server is not None,
    )
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".tconsole-backup-") as folder:
            if store.is_sqlite:
                await asyncio.to_thread(_copy_sqlite, Path(store.url.database or ""), server, Path(folder))
            else:
                await store.snapshot(_copy_postgresql, server, Path(folder))
            part = Path(folder) / "archive"
            await asyncio.to_thread(pack, part, manifest, Path(folder))
            await asyncio.to_thread(part.rename, archive)
    except OSError as error:
        raise BackupError(f"{archive} cannot be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise BackupError(f"the backup failed: {error}") from error
    return manifest


def _copy_sqlite(store: Path, server: Path | None, folder: Path) -> None:
    if server is None:
        _copy_file(store, folder / STORE)
        return
    with _without_writes(store):
        _copy_file(server, folder / SERVER)
        _copy_file(store, folder / STORE)


@contextmanager
def _without_writes(store: Path) -> Iterator[None]:
    """Let writers of a SQLite file wait; readers go on."""
    with closing(sqlite3.connect(store, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite file with all that is in its log, by SQLite's online backup, as of one moment."""
    with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)
        after.execute("PRAGMA journal_mode = DELETE")


def _copy_postgresql(connection: Connection, server: Path | None, folder: Path) -> None:
    if server is not None:
        # Before the first query, which takes the snapshot. It lets readers go on.
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"LOCK TABLE {tables} IN SHARE MODE"))
        _copy_file(server, folder / SERVER)
    engine = create_engine(f"sqlite:///{folder / STORE}")
    try:
        with engine.begin() as target:
            metadata.create_all(target)
            target.execute(text(f"CREATE TABLE {revision_table.name} (version_num VARCHAR(32) NOT NULL)"))
            target.execute(revision_table.insert(), {"version_num": REVISION})
            copy_tables(connection, target)
    finally:
        engine.dispose()
