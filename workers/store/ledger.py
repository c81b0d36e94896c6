"""The payment ledger: captures, and refunds that never exceed their capture, whoever moves the money."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, func, select, update

from workers.store.engine import Store
from workers.store.errors import RefundRefusedError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import captures, open_refunds, refunds
from workflows.orders.ports import CaptureConflictError
from workflows.shared.money import format_money


@dataclass(frozen=True)
class Capture:
    """Money that came for an order; ``amount`` in minor units."""

    payment_id: str
    order_id: str
    amount: int
    currency: str

    def __post_init__(self) -> None:
        _check_amount(self.amount)


@dataclass(frozen=True)
class Refund:
    """Money that goes back; ``amount`` in minor units."""

    refund_key: str
    payment_id: str
    order_id: str
    amount: int
    currency: str

    def __post_init__(self) -> None:
        _check_amount(self.amount)


@dataclass(frozen=True)
class RefundProgress:
    """How far a refund is that somebody outside must make."""

    capture_reference: str
    attempt: int
    """Counts from 1: see :meth:`Ledger.next_attempt`."""
    reference: str | None = None
    """Of a refund that is made."""


class Ledger:
    """Reads and writes the ledger; every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def capture_reference(self, capture: Capture) -> str | None:
        """Return the first reference of a known capture, or None.

        Raises:
            CaptureConflictError: it is known with another order, amount or currency.
        """
        return await self._store.read(_capture_reference, capture)

    async def book_capture(self, capture: Capture, reference: str) -> str:
        """Write down a capture and return its reference; a known ``payment_id`` returns the first reference.

        Raises:
            CaptureConflictError: it is known with another order, amount or currency, or its reference with another
                payment: the same money under another name.
        """
        return await self._store.write(_book_capture, capture, reference)

    async def begin_refund(self, refund: Refund) -> RefundProgress:
        """Set the money of a refund aside before somebody outside is asked to send it; again as often as one likes.

        Raises:
            RefundRefusedError: there is no such capture, or it has less left than the amount.
            KeyConflictError: the key is known with another payment, order, amount or currency.
        """
        return await self._store.write(_begin_refund, refund)

    async def next_attempt(self, refund_key: str, attempt: int) -> None:
        """Let the refund be tried in a new attempt, since ``attempt`` has failed for good."""
        await self._store.write(_next_attempt, refund_key, attempt)

    async def give_up_refund(self, refund_key: str) -> None:
        """Set the money of a refund free again: it was refused, and nothing was sent."""
        await self._store.write(_close, refund_key)

    async def book_refund(self, refund: Refund, reference: str) -> str:
        """Write down a refund that is made and return its reference; a known key returns the first reference.

        Raises:
            RefundRefusedError: there is no such capture, or it has less left than the amount.
            KeyConflictError: the key is known with another payment, order, amount or currency.
        """
        return await self._store.write(_book_refund, refund, reference)


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise ValueError(f"an amount of {amount} cannot be booked; use 1 or more minor units")


def _capture_reference(connection: Connection, capture: Capture) -> str | None:
    known = _row(connection, captures, captures.c.payment_id == capture.payment_id)
    return None if known is None else _same_capture(known, capture)


def _book_capture(connection: Connection, capture: Capture, reference: str) -> str:
    if insert_new(connection, captures, {**asdict(capture), "reference": reference}):
        return reference
    known = _row(connection, captures, captures.c.payment_id == capture.payment_id)
    return _same_capture(known or _one(connection, captures, captures.c.reference == reference), capture)


def _begin_refund(connection: Connection, refund: Refund) -> RefundProgress:
    capture = _locked_capture(connection, refund.payment_id)
    if made := _known_refund(connection, refund):
        return RefundProgress(capture["reference"], 0, made)
    if insert_new(connection, open_refunds, {**asdict(refund), "attempt": 1}):
        _check_covered(connection, capture, refund)
    known = _one(connection, open_refunds, open_refunds.c.refund_key == refund.refund_key)
    check_same(refund.refund_key, known, asdict(refund))
    return RefundProgress(capture["reference"], known["attempt"])


def _next_attempt(connection: Connection, refund_key: str, attempt: int) -> None:
    known = and_(open_refunds.c.refund_key == refund_key, open_refunds.c.attempt == attempt)
    connection.execute(update(open_refunds).where(known).values(attempt=attempt + 1))


def _book_refund(connection: Connection, refund: Refund, reference: str) -> str:
    # The lock lets one refund of a capture be decided at a time.
    capture = _locked_capture(connection, refund.payment_id)
    if known := _known_refund(connection, refund):
        return known
    _close(connection, refund.refund_key)
    _insert_refund(connection, refund, reference)
    _check_covered(connection, capture, refund)
    return str(_one(connection, refunds, refunds.c.refund_key == refund.refund_key)["reference"])


def _same_capture(known: RowMapping, capture: Capture) -> str:
    if any(known[field] != value for field, value in asdict(capture).items()):
        elsewhere = "" if known["payment_id"] == capture.payment_id else f", as payment {known['payment_id']}"
        raise CaptureConflictError(capture.payment_id, _words(dict(known)) + elsewhere, _words(asdict(capture)))
    return str(known["reference"])


def _words(capture: Mapping[str, Any]) -> str:
    return f"{format_money(capture['amount'], capture['currency'])} for order {capture['order_id']}"


def _row(connection: Connection, table: Table, where: ColumnElement[bool]) -> RowMapping | None:
    rows = connection.execute(select(table).where(where))
    return rows.mappings().one_or_none()


def _one(connection: Connection, table: Table, where: ColumnElement[bool]) -> RowMapping:
    rows = connection.execute(select(table).where(where))
    return rows.mappings().one()


def _locked_capture(connection: Connection, payment_id: str) -> RowMapping:
    rows = connection.execute(select(captures).where(captures.c.payment_id == payment_id).with_for_update())
    found = rows.mappings().one_or_none()
    if found is None:
        raise RefundRefusedError(payment_id, "no such capture is in the ledger")
    return found


def _known_refund(connection: Connection, refund: Refund) -> str | None:
    known = _row(connection, refunds, refunds.c.refund_key == refund.refund_key)
    if known is None:
        return None
    check_same(refund.refund_key, known, asdict(refund))
    return str(known["reference"])


def _insert_refund(connection: Connection, refund: Refund, reference: str) -> None:
    # A person may give the same reference to two refunds.
    for unique in (reference, f"{reference} ({refund.refund_key})"):
        if insert_new(connection, refunds, {**asdict(refund), "reference": unique}):
            return


def _close(connection: Connection, refund_key: str) -> None:
    connection.execute(delete(open_refunds).where(open_refunds.c.refund_key == refund_key))


def _check_covered(connection: Connection, capture: RowMapping, refund: Refund) -> None:
    """Check that the capture still covers all its refunds, made and open, with this one, which is written already."""
    for field in ("order_id", "currency"):
        if capture[field] != getattr(refund, field):
            raise RefundRefusedError(
                refund.payment_id, f"its {field} is {capture[field]}, not {getattr(refund, field)}"
            )
    total = 0
    for table in (refunds, open_refunds):
        rows = select(func.sum(table.c.amount)).where(table.c.payment_id == refund.payment_id)
        total += int(connection.scalar(rows) or 0)
    left = capture["amount"] - (total - refund.amount)
    if refund.amount > left:
        raise RefundRefusedError(refund.payment_id, f"{refund.amount} minor units wanted, {left} left of its capture")
