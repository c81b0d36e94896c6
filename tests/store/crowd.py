"""A process that uses the store like a busy worker: `python -m tests.store.crowd URL`. Ends with 1 on any surprise.

Every process does the same steps under the same keys, in an order of its own, many at a time.
"""

import asyncio
import random
import sys

from workers.store.engine import Store
from workers.store.errors import RefundRefusedError, UnknownKeyError
from workers.store.inventory import SqlInventory
from workers.store.ledger import Ledger
from workers.store.migrate import open_store
from workers.store.outbox import ClaimState, email_outbox
from workers.store.payments import SqlPayments
from workflows.orders.ports import Capture, OutOfStockError, Refund, ReservationEndedError
from workflows.orders.views.models import ReservedLine

RESERVATIONS = 40
REFUNDS = 30
EMAILS = 20
STOCKED = {"CHAIR": 50, "DESK": 20}


async def _reserve(store: Store, number: int) -> None:
    inventory = SqlInventory(store)
    lines = [ReservedLine(sku="CHAIR", quantity=1 + number % 3), ReservedLine(sku="DESK", quantity=1)]
    try:
        reserve = inventory.reserve_available if number % 5 == 0 else inventory.reserve
        await reserve(f"r{number}", lines if number % 2 else lines[::-1])
    except (OutOfStockError, ReservationEndedError):
        return


async def _end(store: Store, number: int) -> None:
    inventory = SqlInventory(store)
    try:
        await (inventory.consume if number % 3 else inventory.release)(f"r{number}")
    except UnknownKeyError:
        return


async def _refund(store: Store, number: int) -> None:
    """Refund on the ledger itself, by hand, or through somebody outside: each process by a way of its own."""
    refund = Refund(f"k{number}", "pay", "o", 7, "USD")
    payments, ledger = SqlPayments(store), Ledger(store)
    try:
        match random.choice(("ledger", "hand", "outside")):  # noqa: S311 - no secret
            case "ledger":
                await payments.refund(refund)
            case "hand":
                await payments.record_manual_refund(refund, "cash")
            case _:
                await ledger.begin_refund(refund)
                await asyncio.sleep(0)
                await ledger.book_refund(refund, f"re_{number}")
    except RefundRefusedError:
        return


async def _mail(store: Store, number: int) -> None:
    outbox = email_outbox(store)
    claim = await outbox.claim(f"m{number}", {"recipient": "ada@example.com", "subject": "s", "body": "b"})
    if claim.state is ClaimState.CLAIMED:
        sys.stdout.write(f"m{number}\n")
        await outbox.mark_sent(f"m{number}")


async def main(url: str) -> None:
    """Do all steps, ten at a time."""
    store = await open_store(url)
    await SqlPayments(store).record_capture(Capture("pay", "o", 100, "USD"))
    steps = [
        *((_reserve, number) for number in range(RESERVATIONS)),
        *((_end, number) for number in range(RESERVATIONS)),
        *((_refund, number) for number in range(REFUNDS)),
        *((_mail, number) for number in range(EMAILS)),
    ]
    random.shuffle(steps)
    places = asyncio.Semaphore(10)

    async def take(step: int) -> None:
        async with places:
            work, number = steps[step]
            await work(store, number)

    async with asyncio.TaskGroup() as group:
        for step in range(len(steps)):
            group.create_task(take(step))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
