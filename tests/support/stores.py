"""New stores of files and servers, with their tables at once: the revisions take a third of a second to make them."""

import secrets

from sqlalchemy import Column, Connection, MetaData, String, Table, insert

from workers.store.engine import Store
from workers.store.migrate import REVISION, open_store, revision_table
from workers.store.schema import metadata, store_ids
from workers.store.types import utc_now

_revision = Table(revision_table.name, MetaData(), Column("version_num", String(32), primary_key=True))


async def new_store(url: str) -> Store:
    """Open a new store. `tests/store/test_open.py` checks that the revisions make the same tables."""
    store = Store.at(url)
    try:
        await store.write(_make)
    finally:
        await store.close()
    return await open_store(url)


def _make(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    _revision.create(connection)
    connection.execute(insert(_revision).values(version_num=REVISION))
    own = {"store_id": secrets.token_hex(4), "own": True, "created_at": utc_now()}
    connection.execute(insert(store_ids).values(own))
