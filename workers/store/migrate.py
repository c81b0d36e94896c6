"""Opening the store: brings its tables to this program's revision, also when several processes start at once.

Older programs must have stopped before a newer one opens the store: they looked at the revision when they started.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import AsyncFileLock, Timeout
from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from workers.store.databases import BUSY_SECONDS, masked, parse_store_url
from workers.store.engine import Store
from workers.store.errors import MissingStoreError, StoreError, UnfitStoreError
from workers.store.schema import metadata
from workflows.runtime.background import PRIVATE

REVISION = "0018"
"""The newest one in `migrations/versions`."""

revision_table = table("store_revision", column("version_num"))
"""Where Alembic keeps the revision."""

ADVISORY_LOCK = 0x7C0_50_1E
"""Any number, for PostgreSQL's lock of whoever upgrades."""

_one_upgrade = threading.Lock()
"""Alembic keeps the migration that runs in module variables."""


async def open_store(url: str) -> Store:
    """Connect to the store and upgrade its tables if they are older than this program.

    Raises:
        StoreError: the URL is not one of a store, or nothing answers there.
        UnfitStoreError: a newer program wrote it, or it is somebody else's.
    """
    store = Store.at(url)
    try:
        async with _one_process(store):
            if await store.read(read_revision) != REVISION:
                await store.write(_upgrade, store.masked_url)
    except BaseException:
        await store.close()
        raise
    return store


async def open_existing_store(url: str) -> Store:
    """Open a store that somebody has made before.

    Raises:
        MissingStoreError: there is none.
        StoreError: as `open_store`.
    """
    if not await exists(url):
        raise MissingStoreError(f"there is no store at {masked(parse_store_url(url))}")
    return await open_store(url)


async def exists(url: str) -> bool:
    """Return whether a store was made at ``url``; makes nothing. Raises ``StoreError`` as `open_store`."""
    store = Store.at(url)
    try:
        return _has_file(store) and await store.read(read_revision) is not None
    finally:
        await store.close()


def _has_file(store: Store) -> bool:
    """Return whether a connection would not make the store's file."""
    return not store.is_sqlite or Path(store.url.database or "").exists()


def read_revision(connection: Connection) -> str | None:
    """Return the revision of the tables, or None if there are none of ours."""
    try:
        found: str | None = connection.scalar(select(revision_table))
    except (OperationalError, ProgrammingError):
        return None  # no such table; anything worse fails the upgrade, too
    return found


def _upgrade(connection: Connection, where: str) -> None:
    from alembic import command  # takes a fifth of a second
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    existing = set(inspect(connection).get_table_names())
    if revision_table.name not in existing and (foreign := sorted(existing & metadata.tables.keys())):
        raise UnfitStoreError(
            f"the database {where} has a table {foreign[0]!r} that tconsole did not make;"
            " use an empty database or schema"
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with _one_upgrade:
            command.upgrade(config, "head")
    except CommandError as error:
        raise UnfitStoreError(
            f"the store {where} was written by a newer tconsole (revision {read_revision(connection)}, this one knows"
            f" {REVISION}); upgrade tconsole or use another store"
        ) from error


@asynccontextmanager
async def _one_process(store: Store) -> AsyncIterator[None]:
    """Let one process at a time open a SQLite file, and switch it to write-ahead logging: readers never wait.

    SQLite switches only while nobody else uses the file, and does not wait for that.
    """
    if not store.is_sqlite:
        yield
        return
    path = Path(store.url.database or "")
    try:
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        async with AsyncFileLock(f"{path}.lock", timeout=BUSY_SECONDS):
            await store.enable_write_ahead_log()
            yield
    except (OSError, Timeout) as error:
        raise StoreError(f"the store {store.masked_url} cannot be used: {error}") from error
