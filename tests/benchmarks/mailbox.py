"""The customers' e-mails, by which they learn that they may pay: looking there costs the Temporal server nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.schema import emails
from workflows.orders.customer.emails import Milestone

BETWEEN_LOOKS_SECONDS = 0.1


class Mailbox:
    """What the store's outbox holds for the customers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def asked_to_pay(self, orders: Iterable[str]) -> AsyncIterator[str]:
        """Yield the ID of each of these orders as soon as its customer is asked to pay."""
        waited_for = set(orders)
        while waited_for:
            for order in await self._store.read(_asked, waited_for):
                waited_for.remove(order)
                yield order
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)


def _asked(connection: Connection, orders: set[str]) -> list[str]:
    keys = {f"{order}/{Milestone.PLEASE_PAY}": order for order in orders}
    known = connection.scalars(select(emails.c.message_key).where(emails.c.message_key.in_(keys)))
    return [keys[key] for key in known]
