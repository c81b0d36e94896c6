"""The outbox of e-mails, which says when an order can be paid without a call to the Temporal server."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from sqlalchemy import Connection, select

from workers.store.engine import Store
from workers.store.schema import emails
from workflows.orders.customer.emails import Milestone

POLL_INTERVAL = 0.1


class Mailbox:
    """The store's outbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def asked_to_pay(self, orders: Iterable[str]) -> AsyncIterator[str]:
        """Yield the ID of each order as soon as its customer is asked to pay."""
        waited_for = set(orders)
        while waited_for:
            for order in await self._store.read(_asked, waited_for):
                waited_for.remove(order)
                yield order
            await asyncio.sleep(POLL_INTERVAL)


def _asked(connection: Connection, orders: set[str]) -> list[str]:
    keys = {f"{order}/{Milestone.PLEASE_PAY}": order for order in orders}
    known = connection.scalars(select(emails.c.message_key).where(emails.c.message_key.in_(keys)))
    return [keys[key] for key in known]
