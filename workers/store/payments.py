"""The built-in payment provider, for a shop without one: it moves money on the store's ledger only."""

import secrets

from workers.store.engine import Store
from workers.store.ledger import Capture, Ledger, Refund


class SqlPayments:
    """The port `PaymentProvider`. Its methods raise what `Ledger` raises."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store)

    async def record_capture(self, *, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Book a capture, and return its first reference."""
        return await self._ledger.book_capture(Capture(payment_id, order_id, amount, currency), _reference("cap"))

    async def refund(self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Book a refund, and return its first reference."""
        refund = Refund(refund_key, payment_id, order_id, amount, currency)
        return await self._ledger.book_refund(refund, _reference("ref"))

    async def record_manual_refund(
        self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str, reference: str
    ) -> str:
        """Book a refund that a person made, and return its first reference."""
        refund = Refund(refund_key, payment_id, order_id, amount, currency)
        return await self._ledger.book_refund(refund, reference)


def _reference(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"
