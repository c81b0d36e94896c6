"""Opening the store: makes its tables, safely when several processes start at once, and checks their version.

A program opens a store of its own version or an older one, which it completes; it refuses a newer one. So the version
goes up with every change that a program without it would spoil by not knowing of it, also when it is only a new table:
one that holds money or stock back must be read by whoever gives money or stock away. A new table that nobody else has
to know of needs no new version. Workers of the older program that still run are to be stopped before a newer one
opens the store: they looked when they started.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import AsyncFileLock, Timeout
from sqlalchemy import Connection, inspect, select, text, update

from workers.store.databases import BUSY_SECONDS
from workers.store.engine import Store
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.inserts import insert_new
from workers.store.schema import metadata, store_schema
from workflows.runtime.embedded import PRIVATE

VERSION = 2
"""The version of the tables that this program knows. 1: the first. 2: refunds under way are set aside."""

ADVISORY_LOCK = 0x7C0_50_1E
"""PostgreSQL: the lock of whoever makes the tables. Any number will do, as long as nobody else uses it."""


async def open_store(url: str) -> Store:
    """Connect to the store and make what it lacks.

    Raises:
        StoreError: the URL is not one of a store, or nothing answers there.
        UnfitStoreError: a newer program wrote it, or it is somebody else's.
    """
    store = Store.at(url)
    try:
        async with _alone(store):
            await store.write(_make_tables, store.masked_url)
    except BaseException:
        await store.close()
        raise
    return store


def _make_tables(connection: Connection, where: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    existing = set(inspect(connection).get_table_names())
    if store_schema.name in existing:
        version = connection.scalar(select(store_schema.c.version))
        if version is not None and version > VERSION:
            raise UnfitStoreError(
                f"the store {where} was written by a newer tconsole (schema {version}, this one knows {VERSION});"
                " upgrade tconsole or use another store"
            )
    elif foreign := sorted(existing & metadata.tables.keys()):
        raise UnfitStoreError(
            f"the database {where} has a table {foreign[0]!r} that tconsole did not make;"
            " use an empty database or schema"
        )
    metadata.create_all(connection)
    if not insert_new(connection, store_schema, {"only_row": 1, "version": VERSION}):
        connection.execute(update(store_schema).values(version=VERSION))


@asynccontextmanager
async def _alone(store: Store) -> AsyncIterator[None]:
    """Let one process at a time make a SQLite file, and turn it to write-ahead logging (readers never wait).

    SQLite turns to it only while nobody else has the file open for anything, and does not wait for that.
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
