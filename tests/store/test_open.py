"""Opening a store: making its tables, from several processes, and clear errors."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text, update

from tests.support.memory_store import MemoryStore
from tests.support.postgres import fresh_schema
from workers.store.engine import Store
from workers.store.errors import StoreError, UnfitStoreError
from workers.store.migrate import REVISION, open_store, read_revision, revision_table
from workers.store.schema import metadata

MIGRATIONS = Path("workers/store/migrations")
OPEN = "import asyncio, sys; from workers.store.migrate import open_store; asyncio.run(open_store(sys.argv[1]))"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Give an empty store that the revisions made."""
    opened = await open_store(store_url)
    yield opened
    await opened.close()


async def test_processes_that_start_at_once_make_the_tables_together(store_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", OPEN, store_url, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    errors = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, errors
    store = await open_store(store_url)
    names = await store.read(_table_names)
    revision = await store.read(read_revision)
    await store.close()
    assert set(names) == {*metadata.tables, revision_table.name}
    assert revision == REVISION


def _table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def test_the_newest_revision_is_the_one_that_is_looked_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [REVISION]


async def test_the_revisions_make_the_tables_of_the_schema(store: Store, store_url: str) -> None:
    def differences(connection: Connection) -> Any:  # noqa: ANN401 - Alembic's
        ours = {"include_name": lambda name, kind, _: (kind, name) != ("table", revision_table.name)}
        context = MigrationContext.configure(connection, opts={"version_table": revision_table.name, **ours})
        return compare_metadata(context, metadata)

    assert await store.read(differences) == []
    if store_url.startswith("sqlite"):  # also what Alembic does not compare, such as checks
        assert await store.read(_definitions) == MemoryStore().run(_definitions)


def _definitions(connection: Connection) -> dict[str, list[str]]:
    """Return the definition of each table and index, its parts in order of the alphabet."""
    query = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> :name")
    rows = connection.execute(query, {"name": revision_table.name})
    # A table that a revision made anew has its name in quotes.
    return {row.name: sorted(line.strip(" ,\t").replace('"', "") for line in row.sql.splitlines()) for row in rows}


async def test_an_up_to_date_store_opens_without_alembic(store: Store, store_url: str) -> None:  # noqa: ARG001 - makes it
    command = f"import sys; {OPEN}; sys.exit('alembic' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", command, store_url)
    assert await process.wait() == 0


async def test_a_newer_store_is_refused_and_left_alone(store: Store, store_url: str) -> None:
    await store.write(Connection.execute, update(revision_table).values(version_num="later"))
    with pytest.raises(UnfitStoreError, match=f"newer tconsole .revision later, this one knows {REVISION}.; upgrade"):
        await open_store(store_url)
    assert await store.read(read_revision) == "later"


async def test_somebody_elses_database_is_refused_and_left_alone(store_url: str) -> None:
    theirs = Store.at(store_url)
    await theirs.write(Connection.execute, text("CREATE TABLE users (id INTEGER)"))
    with pytest.raises(UnfitStoreError, match="has a table 'users' that tconsole did not make"):
        await open_store(store_url)
    assert await theirs.read(_table_names) == ["users"]
    await theirs.close()


async def test_nothing_answers(unused_tcp_port: int) -> None:
    with pytest.raises(StoreError, match=r"the store postgresql://u:\*\*\*@127.* cannot be used") as refused:
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
