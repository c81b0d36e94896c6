"""The demo's supplier: refills low stock, so that a demo can run for days."""

import asyncio
import logging

from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.sample import STOCK

log = logging.getLogger(__name__)

SECONDS_BETWEEN_VISITS = 20
LOW = 0.25
"""Share of the usual stock below which a SKU is refilled."""


async def supply(store: Store) -> None:
    """Refill now and then, until cancelled."""
    while True:
        await refill(store)
        await asyncio.sleep(SECONDS_BETWEEN_VISITS)


async def refill(store: Store) -> None:
    """Refill what is low. What the sample data says is sold out stays so."""
    inventory = SqlInventory(store)
    for level in await inventory.levels():
        usual = STOCK.get(level.sku, 0)
        if level.available < usual * LOW:
            log.info("demo: the supplier brings %s", level.sku)
            await inventory.set_available(level.sku, usual)
