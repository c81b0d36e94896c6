"""The built-in payment provider, for a shop without one: it moves money on the store's ledger only."""

import secrets

from workers.store.engine import Store
from workers.store.ledger import Ledger
from workflows.orders.ports import Capture, Refund


class SqlPayments:
    """The port `PaymentProvider`. Its methods raise what `Ledger` raises."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store)

    async def record_capture(self, capture: Capture) -> str:
        """Book a capture, and return its first reference."""
        return await self._ledger.book_capture(capture, _reference("cap"))

    async def unrefunded(self, order_id: str) -> list[str]:
        """Return the payments of an order of which nothing has gone back."""
        return await self._ledger.unrefunded(order_id)

    async def refund(self, refund: Refund) -> str:
        """Book a refund, and return its first reference."""
        return await self._ledger.book_refund(refund, _reference("ref"))

    async def record_manual_refund(self, refund: Refund, reference: str) -> str:
        """Book a refund that a person made, and return its first reference."""
        return await self._ledger.book_refund(refund, reference)


def _reference(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"
