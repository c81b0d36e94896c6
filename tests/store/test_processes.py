"""Several processes, and cancelled work, on one store."""

import asyncio
import sys

from sqlalchemy import func, select, text

from tests.store.books import check_books
from tests.store.crowd import EMAILS, STOCKED
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.schema import captures, open_refunds, refunds
from workflows.orders.models import ReservedLine


async def test_processes_share_a_store_without_losing_or_doubling_anything(store: Store, store_url: str) -> None:
    for sku, quantity in STOCKED.items():
        await SqlInventory(store).set_available(sku, quantity)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.store.crowd", store_url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    outputs = [await process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, [errors.decode() for _, errors in outputs]
    await check_books(store, STOCKED)
    async with store.read() as connection:
        assert await connection.scalar(select(func.sum(refunds.c.amount))) == 98
        assert await connection.scalar(select(func.count()).select_from(captures)) == 1
        assert await connection.scalar(select(func.count()).select_from(open_refunds)) == 0
    handed_over = sorted(name for output, _ in outputs for name in output.decode().split())
    assert handed_over == sorted(f"m{number}" for number in range(EMAILS))


async def test_a_transaction_that_reads_first_waits_for_another_processs_write(store: Store, store_url: str) -> None:
    other = await open_store(store_url)
    await SqlInventory(store).set_available("CHAIR", 10)
    first, second = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with store.write() as connection:
            await connection.execute(text("SELECT available FROM stock"))
            first.set()
            await second.wait()
            await connection.execute(text("UPDATE stock SET available = available - 1"))

    async def quick() -> None:
        await first.wait()
        asyncio.get_running_loop().call_later(0.2, second.set)
        await SqlInventory(other).reserve("r", [ReservedLine(sku="CHAIR", quantity=1)])

    await asyncio.gather(slow(), quick())
    await check_books(store, {"CHAIR": 9})
    await other.close()


async def test_cancelled_writes_leave_nothing_half_done_and_nothing_locked(store: Store) -> None:
    inventory = SqlInventory(store)
    await inventory.set_available("CHAIR", 50)
    for number in range(60):
        lines = [ReservedLine(sku="CHAIR", quantity=1)]
        tasks = [asyncio.create_task(inventory.reserve(f"r{number}-{part}", lines)) for part in range(3)]
        # Each time a little later, so that the cancellation meets every step of the transaction.
        for _ in range(number):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(inventory.release(f"r{number}-{part}") for part in range(3)))
    await check_books(store, {"CHAIR": 50})
    async with asyncio.timeout(5):
        await inventory.reserve("last", [ReservedLine(sku="CHAIR", quantity=50)])
