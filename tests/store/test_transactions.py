"""Transactions: they wait for each other, hold nobody else up, and outlive a task that is cancelled."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, text, update

from tests.store.books import check_books, pieces
from tests.support.eventually import eventually
from workers.store import databases
from workers.store.engine import Store
from workers.store.errors import StoreError
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.schema import stock
from workflows.orders.views.models import ReservedLine

CHAIRS = 10
CHAIR = [ReservedLine(sku="CHAIR", quantity=1)]


class Gate:
    """Holds a transaction up in the middle, until it is opened."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def take_chair(self, connection: Connection) -> None:
        """Read, wait for the gate, and write."""
        connection.execute(select(stock)).all()
        self._reached.set()
        assert self._opened.wait(30)
        connection.execute(update(stock).values(available=stock.c.available - 1))

    def take_chair_and_fail(self, connection: Connection) -> None:
        """Write, and fail."""
        self.take_chair(connection)
        connection.execute(text("SELECT * FROM nothing"))

    async def reached(self) -> None:
        """Wait until a transaction stands before the gate."""
        await eventually(self._reached.is_set)

    def open(self) -> None:
        """Let it go on."""
        self._opened.set()


@pytest.fixture
async def inventory(store: Store) -> SqlInventory:
    """Give an inventory with ten chairs."""
    inventory = SqlInventory(store)
    await inventory.set_available("CHAIR", CHAIRS)
    return inventory


async def held_up(store: Store) -> tuple[Gate, asyncio.Task[None]]:
    """Return a transaction that takes a chair, and the gate before which it stands."""
    gate = Gate()
    task = asyncio.create_task(store.write(gate.take_chair))
    await gate.reached()
    return gate, task


async def until_waiting(task: asyncio.Task[None]) -> None:
    """Let the task go as far as it can."""
    for _ in range(100):
        await asyncio.sleep(0)
    assert not task.done()


@pytest.mark.usefixtures("inventory")
async def test_one_that_reads_first_waits_for_another_processs_write(store: Store, store_url: str) -> None:
    other = await open_store(store_url)
    gate, slow = await held_up(store)
    quick = asyncio.create_task(SqlInventory(other).reserve("r", CHAIR))
    asyncio.get_running_loop().call_later(0.2, gate.open)
    await asyncio.gather(slow, quick)
    await check_books(store, {"CHAIR": CHAIRS - 1})
    await other.close()


@pytest.mark.usefixtures("inventory")
async def test_readers_and_the_loop_go_on_during_a_write(store: Store) -> None:
    gate, slow = await held_up(store)
    found = await asyncio.gather(*(pieces(store, "CHAIR") for _ in range(50)))
    assert found == [(CHAIRS, 0, 0)] * 50
    gate.open()
    await slow
    assert await pieces(store, "CHAIR") == (CHAIRS - 1, 0, 0)


@pytest.mark.usefixtures("inventory")
async def test_a_process_that_keeps_the_lock_is_waited_for_so_long_and_no_longer(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 1)
    other = Store.at(store_url)
    gate = Gate()
    slow = asyncio.create_task(store.write(_lock_then, gate.take_chair))
    await gate.reached()
    with pytest.raises(StoreError, match=r"cannot be used: .*lock") as given_up:
        await SqlInventory(other).reserve("r", CHAIR)
    assert "\n" not in str(given_up.value)
    gate.open()
    await slow
    await SqlInventory(other).reserve("r", CHAIR)
    await check_books(store, {"CHAIR": CHAIRS - 1})
    await other.close()


def _lock_then(connection: Connection, work: Callable[[Connection], None]) -> None:
    connection.execute(update(stock).values(available=stock.c.available))
    work(connection)


@pytest.mark.usefixtures("inventory")
async def test_a_task_that_is_cancelled_during_its_write_ends_with_it_and_all_of_it_happened(store: Store) -> None:
    gate, task = await held_up(store)
    task.cancel()
    await until_waiting(task)
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pieces(store, "CHAIR") == (CHAIRS - 1, 0, 0)


@pytest.mark.usefixtures("inventory")
async def test_a_write_that_fails_after_its_task_was_cancelled_leaves_nothing(store: Store) -> None:
    gate = Gate()
    task = asyncio.create_task(store.write(gate.take_chair_and_fail))
    await gate.reached()
    task.cancel()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pieces(store, "CHAIR") == (CHAIRS, 0, 0)


async def test_a_task_that_is_cancelled_before_its_turn_has_done_nothing(store: Store, inventory: SqlInventory) -> None:
    gate = Gate()
    # On PostgreSQL as many write at once as there are threads.
    slow = [asyncio.create_task(store.write(gate.take_chair)) for _ in range(databases.CONNECTIONS)]
    await gate.reached()
    waiting = asyncio.create_task(inventory.reserve("r", CHAIR))
    await until_waiting(waiting)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    await asyncio.gather(*slow)
    assert await pieces(store, "CHAIR") == (0, 0, 0)
    await inventory.set_available("CHAIR", 1)
    await inventory.reserve("last", CHAIR)
    assert await pieces(store, "CHAIR") == (0, 1, 0)


@pytest.mark.usefixtures("inventory")
async def test_closing_waits_for_a_write(store_url: str, store: Store) -> None:
    closing = await open_store(store_url)
    gate, slow = await held_up(closing)
    close = asyncio.create_task(closing.close())
    await until_waiting(close)
    gate.open()
    await close
    await slow
    assert await pieces(store, "CHAIR") == (CHAIRS - 1, 0, 0)


async def test_cancelled_writes_leave_nothing_half_done_and_nothing_locked(
    store: Store, inventory: SqlInventory
) -> None:
    for number in range(60):
        tasks = [asyncio.create_task(inventory.reserve(f"r{number}-{part}", CHAIR)) for part in range(3)]
        # Each time a little later, so that the cancellation meets every step.
        for _ in range(number):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await check_books(store, {"CHAIR": CHAIRS})
        await asyncio.gather(*(inventory.release(f"r{number}-{part}") for part in range(3)))
    async with asyncio.timeout(5):
        await inventory.reserve("last", [ReservedLine(sku="CHAIR", quantity=CHAIRS)])
