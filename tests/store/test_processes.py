"""Several processes on one store."""

import asyncio
import sys

from sqlalchemy import Connection, func, select

from tests.store.books import check_books
from tests.store.crowd import EMAILS, STOCKED
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.schema import captures, open_refunds, refunds


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
    assert await store.read(Connection.scalar, select(func.sum(refunds.c.amount))) == 98
    assert await store.read(Connection.scalar, select(func.count()).select_from(captures)) == 1
    assert await store.read(Connection.scalar, select(func.count()).select_from(open_refunds)) == 0
    handed_over = sorted(name for output, _ in outputs for name in output.decode().split())
    assert handed_over == sorted(f"m{number}" for number in range(EMAILS))
