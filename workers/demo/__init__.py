"""The demo: customers, colleagues and marketers who use the systems, so that a new console has something to show.

Each system has one module with a ``play`` that fills the system if it is empty, then keeps it moving until cancelled.
They use the same typed clients as a shop, an HR tool or a marketing team; workflows and console know nothing of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from temporalio.client import Client

from workers.demo import marketing, office, shop
from workers.store.engine import Store

PLAYS: tuple[Callable[[Client, Store], Coroutine[Any, Any, None]], ...] = (shop.play, office.play, marketing.play)


async def run_demo(client: Client, store: Store) -> None:
    """Play all systems until cancelled."""
    async with asyncio.TaskGroup() as group:
        for play in PLAYS:
            group.create_task(play(client, store))
