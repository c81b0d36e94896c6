"""The built-in payment provider: it moves no money but on the store's own ledger."""

import secrets

from workers.store.engine import Store
from workers.store.ledger import Capture, Ledger, Refund


class SqlPayments:
    """The payment provider of a shop that has none (port `PaymentProvider`). Amounts are in minor units."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store)

    async def record_capture(self, *, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Write down a capture and return its reference; a known ``payment_id`` returns the first reference.

        Raises:
            CaptureConflictError: it is known with another order, amount or currency.
            ValueError: the amount is not above 0.
        """
        return await self._ledger.book_capture(Capture(payment_id, order_id, amount, currency), _reference("cap"))

    async def refund(self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Send ``amount`` minor units back and return the refund's reference; a known key returns the first one.

        Raises:
            RefundRefusedError: there is no such capture, or it has less left than the amount.
            KeyConflictError: the key is known with another payment, order, amount or currency.
            ValueError: the amount is not above 0.
        """
        refund = Refund(refund_key, payment_id, order_id, amount, currency)
        return await self._ledger.book_refund(refund, _reference("ref"))

    async def record_manual_refund(
        self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str, reference: str
    ) -> str:
        """Write down that a person sent the money back; a known key returns the first reference.

        Raises:
            RefundRefusedError: there is no such capture, or it has less left than the amount.
            KeyConflictError: the key is known with another payment, order, amount or currency.
            ValueError: the amount is not above 0.
        """
        refund = Refund(refund_key, payment_id, order_id, amount, currency)
        return await self._ledger.book_refund(refund, reference)


def _reference(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"
