"""The payment ledger: captures, and refunds that never exceed their capture."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.store.engine import Store
from workers.store.errors import RefundRefusedError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import captures, refunds
from workflows.orders.ports import CaptureConflictError


class SqlPayments:
    """The payment ledger of the orders system (port `PaymentProvider`). Amounts are in minor units."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record_capture(self, *, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Write down a capture and return its reference; a known ``payment_id`` returns the first reference.

        Raises:
            CaptureConflictError: it is known with another order, amount or currency.
            ValueError: the amount is not above 0.
        """
        _check_amount(amount)
        capture = {"payment_id": payment_id, "order_id": order_id, "amount": amount, "currency": currency}
        reference = _reference("cap")
        async with self._store.write() as connection:
            if await insert_new(connection, captures, {**capture, "reference": reference}):
                return reference
            known = await _capture(connection, payment_id)
        if any(known[field] != value for field, value in capture.items()):
            raise CaptureConflictError(payment_id, known["order_id"])
        return str(known["reference"])

    async def refund(self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Send ``amount`` minor units back and return the refund's reference; a known key returns the first one.

        Raises:
            RefundRefusedError: there is no such capture, or it has less left than the amount.
            KeyConflictError: the key is known with another payment, order, amount or currency.
            ValueError: the amount is not above 0.
        """
        _check_amount(amount)
        refund = {
            "refund_key": refund_key,
            "payment_id": payment_id,
            "order_id": order_id,
            "amount": amount,
            "currency": currency,
        }
        reference = _reference("ref")
        async with self._store.write() as connection:
            # The lock lets one refund of a capture be decided at a time.
            capture = await _capture(connection, payment_id)
            if not await insert_new(connection, refunds, {**refund, "reference": reference}):
                return await _first_reference(connection, refund)
            await _check_covered(connection, capture, refund)
            return reference


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise ValueError(f"an amount of {amount} cannot be booked; use 1 or more minor units")


def _reference(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"


async def _capture(connection: AsyncConnection, payment_id: str) -> RowMapping:
    """Return the capture, locked."""
    rows = await connection.execute(select(captures).where(captures.c.payment_id == payment_id).with_for_update())
    found = rows.mappings().one_or_none()
    if found is None:
        raise RefundRefusedError(payment_id, "no such capture is in the ledger")
    return found


async def _first_reference(connection: AsyncConnection, refund: Mapping[str, Any]) -> str:
    rows = await connection.execute(select(refunds).where(refunds.c.refund_key == refund["refund_key"]))
    known = rows.mappings().one()
    check_same(refund["refund_key"], known, refund)
    return str(known["reference"])


async def _check_covered(connection: AsyncConnection, capture: RowMapping, refund: Mapping[str, Any]) -> None:
    """Check that the capture still covers all its refunds, with the new one."""
    payment_id = refund["payment_id"]
    for field in ("order_id", "currency"):
        if capture[field] != refund[field]:
            raise RefundRefusedError(payment_id, f"its {field} is {capture[field]}, not {refund[field]}")
    total = await connection.scalar(select(func.sum(refunds.c.amount)).where(refunds.c.payment_id == payment_id))
    left = capture["amount"] - (int(total or 0) - refund["amount"])
    if refund["amount"] > left:
        raise RefundRefusedError(payment_id, f"{refund['amount']} minor units wanted, {left} left of its capture")
