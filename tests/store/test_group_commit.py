"""Writes that wait for their turn share a transaction of SQLite; each keeps its own answer, or its own error."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, text

from tests.store.books import pieces
from tests.support.stores import new_store
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.schema import stock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty SQLite store."""
    opened = await new_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    await opened.close()


def add(connection: Connection, sku: str) -> str:
    """Put one piece on stock."""
    connection.execute(insert(stock).values(sku=sku, available=1))
    return sku


def add_and_change_my_mind(connection: Connection, sku: str) -> str:
    """Write, and raise an error of the caller's own."""
    add(connection, sku)
    raise LookupError(sku)


def add_and_fail(connection: Connection, sku: str) -> str:
    """Write, and meet an error that says the same as a broken database."""
    add(connection, sku)
    connection.execute(text("SELECT * FROM nothing"))
    return sku


@contextmanager
def counted_commits(store: Store) -> Iterator[list[object]]:
    """Give a list that has an entry for each commit."""
    commits: list[object] = []
    event.listen(store._writer, "commit", commits.append)
    yield commits


async def at_once(store: Store, *works: tuple[Callable[[Connection, str], str], str]) -> list[str | BaseException]:
    """Ask for all writes before the first one runs, and return how each ended."""
    return await asyncio.gather(*(store.write(work, sku) for work, sku in works), return_exceptions=True)


async def test_writes_that_wait_share_a_commit(store: Store) -> None:
    with counted_commits(store) as commits:
        assert await at_once(store, *((add, f"S{number}") for number in range(20))) == [f"S{n}" for n in range(20)]
    assert len(commits) == 1
    assert await pieces(store, "S19") == (1, 0, 0)


async def test_one_that_raises_is_undone_alone(store: Store) -> None:
    first, second, third = await at_once(store, (add, "A"), (add_and_change_my_mind, "B"), (add, "C"))
    assert (first, type(second), third) == ("A", LookupError, "C")
    assert [await pieces(store, sku) for sku in "AC"] == [(1, 0, 0)] * 2
    assert await store.write(add, "B") == "B", "nothing of it was left"


async def test_one_that_fails_the_transaction_takes_nobody_with_it(store: Store) -> None:
    first, second, third = await at_once(store, (add, "A"), (add_and_fail, "B"), (add, "C"))
    assert (first, type(second), third) == ("A", StoreError, "C")
    assert [await pieces(store, sku) for sku in "AC"] == [(1, 0, 0)] * 2
    assert await store.write(add, "B") == "B"


async def test_when_no_transaction_can_be_committed_each_write_says_so(store: Store) -> None:
    def break_down(_connection: Connection) -> None:
        raise ConnectionError("no disk")

    event.listen(store._writer, "commit", break_down)
    ended = await at_once(store, (add, "A"), (add, "B"))
    assert [str(each) for each in ended] == ["no disk"] * 2
    event.remove(store._writer, "commit", break_down)
    assert await at_once(store, (add, "A"), (add, "B")) == ["A", "B"]


async def test_one_that_is_cancelled_during_its_group_is_done_with_it(store: Store) -> None:
    tasks = [asyncio.create_task(store.write(add, sku)) for sku in "ABC"]
    await asyncio.sleep(0)  # now the group is to begin, before a task hears that it is cancelled
    tasks[1].cancel()
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, type(second), third) == ("A", asyncio.CancelledError, "C")
    assert [await pieces(store, sku) for sku in "ABC"] == [(1, 0, 0)] * 3
