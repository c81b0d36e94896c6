"""The supplier: brings what the shop runs out of, so that a demo can go on for days."""

import asyncio
import logging

from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.sample import STOCK

log = logging.getLogger(__name__)

SECONDS_BETWEEN_VISITS = 20
LOW = 0.25
"""Below this share of its usual stock a SKU is filled up."""


class Supplier:
    """Plays the supplier against the store. What the sample data says is sold out stays so."""

    def __init__(self, store: Store) -> None:
        self._inventory = SqlInventory(store)

    async def live(self) -> None:
        """Look at the shelves every now and then, for ever."""
        while True:
            await self.visit()
            await asyncio.sleep(SECONDS_BETWEEN_VISITS)

    async def visit(self) -> None:
        """Fill up what is low."""
        for level in await self._inventory.levels():
            usual = STOCK.get(level.sku, 0)
            if level.available < usual * LOW:
                log.info("demo: the supplier brings %s", level.sku)
                await self._inventory.set_available(level.sku, usual)
