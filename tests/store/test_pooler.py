"""A store on PostgreSQL behind PgBouncer in transaction mode, where no session is one's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from tests.store.books import check_books, pieces
from tests.support.pgbouncer import SESSIONS, pooled_database
from workers.store.archive import BackupError
from workers.store.backup import back_up
from workers.store.databases import BUSY_SECONDS
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.restore import restore
from workflows.orders.views.models import ReservedLine

CHAIR = [ReservedLine(sku="CHAIR", quantity=1)]


@pytest.fixture
def pooled_url(postgres: str) -> Iterator[str]:
    """Give the URL of an empty database behind a pooler."""
    with pooled_database(postgres) as url:
        yield url


@pytest.fixture
async def store(pooled_url: str) -> AsyncIterator[Store]:
    """Give an empty store behind a pooler."""
    opened = await open_store(pooled_url)
    yield opened
    await opened.close()


async def test_many_transactions_of_two_processes_share_sessions(store: Store, pooled_url: str) -> None:
    other = await open_store(pooled_url)
    try:
        mine, theirs = SqlInventory(store), SqlInventory(other)
        await mine.set_available("CHAIR", 100)
        for number in range(20):
            await asyncio.gather(
                *(each.reserve(f"R{number}-{place}", CHAIR) for place, each in enumerate((mine, theirs) * 2))
            )
            await asyncio.gather(mine.consume(f"R{number}-0"), theirs.release(f"R{number}-1"))
        await check_books(store, {"CHAIR": 100})
    finally:
        await other.close()


async def test_the_wait_for_a_lock_is_limited_in_our_transactions_alone(store: Store, pooled_url: str) -> None:
    for transaction in (store.read, store.write, store.snapshot):
        assert await transaction(lock_timeout) == f"{BUSY_SECONDS}s"
    with psycopg.connect(pooled_url, autocommit=True) as somebody:
        for _ in range(2 * SESSIONS):
            assert somebody.execute("SHOW lock_timeout").fetchone() == ("0",)


async def test_a_backup_is_read_through_a_pooler_and_not_restored_through_one(
    store: Store, pooled_url: str, tmp_path: Path
) -> None:
    await SqlInventory(store).set_available("CHAIR", 1)
    archive = tmp_path / "backup.zip"
    await back_up(store, None, archive)
    with pytest.raises(BackupError, match=r"is behind a pooler, .* give the address of PostgreSQL itself"):
        await restore(archive, pooled_url, tmp_path / "data", tmp_path / "run", replace=True)
    assert await pieces(store, "CHAIR") == (1, 0, 0)


def lock_timeout(connection: Connection) -> str:
    return str(connection.scalar(text("SHOW lock_timeout")))
