"""The demo: people outside who order, pay, ask, decide and run campaigns, so that a new console has something to show.

Everything goes through the same typed clients that a shop, an HR tool or a marketing team would use; nothing here
is known to the workflows or the console.
"""

import asyncio
import logging
import random

from temporalio.client import Client

from workers.demo.marketing import Marketing
from workers.demo.office import Office
from workers.demo.shop import Shop
from workers.demo.supplier import Supplier
from workers.store.engine import Store

log = logging.getLogger(__name__)


async def run_demo(client: Client, store: Store) -> None:
    """Fill the three systems if they are empty, then keep them moving until cancelled."""
    chance = random.Random()  # noqa: S311 - which customer orders what is no secret
    actors = (Shop(client, chance), Office(client, chance), Marketing(client, chance))
    for actor in actors:
        await actor.fill()
    log.info("demo: filled; customers, colleagues and marketers go on")
    async with asyncio.TaskGroup() as group:
        group.create_task(Supplier(store).live())
        for actor in actors:
            group.create_task(actor.live())
