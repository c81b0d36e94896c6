"""Opening a store: making its tables, from several processes, and clear errors."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text, update

from tests.store.books import pieces
from tests.support.postgres import fresh_schema
from workers.store.engine import Store
from workers.store.errors import RefundRefusedError, StoreError, UnfitStoreError
from workers.store.inventory import SqlInventory
from workers.store.migrate import VERSION, open_store
from workers.store.payments import SqlPayments
from workers.store.schema import metadata, store_schema

OPEN = "import asyncio, sys; from workers.store.migrate import open_store; asyncio.run(open_store(sys.argv[1]))"


async def test_processes_that_start_at_once_make_the_tables_together(store_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", OPEN, store_url, stderr=asyncio.subprocess.PIPE)
        for _ in range(6)
    ]
    errors = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, errors
    store = await open_store(store_url)
    names = await store.read(_table_names)
    versions = await store.read(_versions)
    await store.close()
    assert set(names) == set(metadata.tables)
    assert versions == [VERSION]


def _table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _versions(connection: Connection) -> list[int]:
    return list(connection.scalars(select(store_schema.c.version)))


async def test_a_newer_store_is_refused_and_left_alone(store: Store, store_url: str) -> None:
    await store.write(Connection.execute, update(store_schema).values(version=VERSION + 1))
    with pytest.raises(UnfitStoreError, match=rf"schema {VERSION + 1}, this one knows {VERSION}.*upgrade"):
        await open_store(store_url)
    assert await store.read(_versions) == [VERSION + 1]


async def test_a_store_of_version_1_is_completed_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript((Path(__file__).parent / "version_1.sql").read_text(encoding="utf-8"))
    for _ in range(2):
        store = await open_store(f"sqlite:///{path}")
        await _check_tables(store)
        ledger = SqlPayments(store)
        first = {"payment_id": "pay_1", "order_id": "ORD-1", "currency": "USD"}
        assert await ledger.record_capture(**first, amount=12_000) == "cap_1"
        assert await ledger.refund(**first, refund_key="ORD-1/refund/pay_1", amount=2_000) == "ref_1"
        with pytest.raises(RefundRefusedError, match="10000 left"):
            await ledger.refund(**first, refund_key="more", amount=10_001)
        await SqlInventory(store).release("ORD-1")
        assert await pieces(store, "SKU-LAMP") == (10, 0, 0)
        await store.close()


async def _check_tables(store: Store) -> None:
    """Check that the database has all tables, with all columns, and the newest version."""
    assert await store.read(_versions) == [VERSION]
    columns = await store.read(_columns)
    assert columns == {table.name: set(table.columns.keys()) for table in metadata.tables.values()}


def _columns(connection: Connection) -> dict[str, set[str]]:
    found = inspect(connection).get_multi_columns()
    return {table: {column["name"] for column in info} for (_, table), info in found.items()}


async def test_somebody_elses_database_is_refused_and_left_alone(store_url: str) -> None:
    theirs = Store.at(store_url)
    await theirs.write(Connection.execute, text("CREATE TABLE users (id INTEGER)"))
    with pytest.raises(UnfitStoreError, match="has a table 'users' that tconsole did not make"):
        await open_store(store_url)
    assert await theirs.read(_table_names) == ["users"]
    await theirs.close()


async def test_nothing_answers(unused_tcp_port: int) -> None:
    with pytest.raises(StoreError, match="cannot be used") as refused:
        await open_store(f"postgresql://u:hunter2@127.0.0.1:{unused_tcp_port}/x?connect_timeout=2")
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_wrong_database_name(postgres: str) -> None:
    with fresh_schema(postgres) as url, pytest.raises(StoreError, match="does not exist") as refused:
        await open_store(url.replace("/postgres?", "/nowhere?"))
    assert "\n" not in str(refused.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    content = b"this is no database at all" * 100
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(UnfitStoreError, match="not a database"):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        await open_store(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")


async def test_a_folder_is_made(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.sqlite'}")
    await store.close()
    assert (tmp_path / "new" / "folder" / "store.sqlite").exists()
