"""The payment ledger: captures, and refunds that never exceed their capture, whoever moves the money."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, func, or_, select, update

from workers.store.engine import Store
from workers.store.errors import RefundRefusedError
from workers.store.inserts import check_same, insert_new
from workers.store.schema import captures, open_refunds, refunds
from workflows.orders.payments.records import closing_refund_keys, is_late
from workflows.orders.ports import Capture, CaptureConflictError, Refund, UndoneError
from workflows.orders.views.attention import Attention
from workflows.shared.money import format_money


@dataclass(frozen=True)
class RefundProgress:
    """State of a refund that an outside provider makes."""

    capture_reference: str
    attempt: int
    """Counts from 1; see :meth:`Ledger.next_attempt`."""
    reference: str | None = None
    """Set once the refund is made."""


class Ledger:
    """Reads and writes the ledger; every method is one transaction, and idempotent.

    What does not agree with the ledger raises `CaptureConflictError` (a known payment or reference comes with another
    order, amount, currency or payment), `KeyConflictError` (a known refund key comes with anything else) or
    `RefundRefusedError` (there is no such capture, or less of it is left than the amount).
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def capture_reference(self, capture: Capture) -> str | None:
        """Return the first reference of a known capture, or None."""
        return await self._store.read(_capture_reference, capture)

    async def book_capture(self, capture: Capture, reference: str) -> str:
        """Book a capture, and return its first reference."""
        return await self._store.write(_book_capture, capture, reference)

    async def unrefunded(self, order_id: str) -> list[str]:
        """Return the payments of an order of which nothing has gone back, or is about to."""
        return await self._store.read(_unrefunded, order_id)

    async def begin_refund(self, refund: Refund) -> RefundProgress:
        """Set money aside for a refund before an outside provider is asked to make it."""
        return await self._store.write(_begin_refund, refund)

    async def next_attempt(self, refund_key: str, attempt: int) -> None:
        """Count a new attempt, since ``attempt`` has failed for good."""
        await self._store.write(_next_attempt, refund_key, attempt)

    async def give_up_refund(self, refund_key: str) -> None:
        """Free the money that was set aside: the refund was refused, and nothing was sent.

        That of a refund after delivery stays set aside, as it was when the refund was decided: it is still owed.
        """
        if not is_late(refund_key):
            await self._store.write(_close, refund_key)

    async def book_refund(self, refund: Refund, reference: str) -> str:
        """Book a refund that was made, and return its first reference."""
        return await self._store.write(_book_refund, refund, reference)


def check_not_returned(connection: Connection, order_id: str, payment_id: str) -> None:
    """Check that a payment did not go back as its order ended, and lock it, so that it cannot do so meanwhile.

    Raises:
        UndoneError: it went back, or a provider is asked to send it back.
    """
    _locked_capture(connection, payment_id)
    for table in (refunds, open_refunds):
        keys = table.c.refund_key.in_(closing_refund_keys(order_id, payment_id))
        if connection.execute(select(table.c.refund_key).where(keys)).first() is not None:
            raise UndoneError(Attention.PAYMENT_REFUNDED, f"payment {payment_id} goes back to the customer")


def _capture_reference(connection: Connection, capture: Capture) -> str | None:
    known = _row(connection, captures, captures.c.payment_id == capture.payment_id)
    return None if known is None else _same_capture(known, capture)


def _unrefunded(connection: Connection, order_id: str) -> list[str]:
    row = captures.c
    query = select(row.payment_id).where(
        row.order_id == order_id,
        *(row.payment_id.not_in(select(table.c.payment_id)) for table in (refunds, open_refunds)),
    )
    return list(connection.scalars(query.order_by(row.payment_id)))


def _book_capture(connection: Connection, capture: Capture, reference: str) -> str:
    if insert_new(connection, captures, {**asdict(capture), "reference": reference}):
        return reference
    row = captures.c
    same = or_(row.payment_id == capture.payment_id, row.reference == reference)
    rows = connection.execute(select(captures).where(same).order_by(row.payment_id != capture.payment_id))
    return _same_capture(rows.mappings().fetchmany(1)[0], capture)


def _begin_refund(connection: Connection, refund: Refund) -> RefundProgress:
    capture = _locked_capture(connection, refund.payment_id)
    if made := _known_refund(connection, refund):
        return RefundProgress(capture["reference"], 0, made)
    if insert_new(connection, open_refunds, {**asdict(refund), "attempt": 1}):
        _check_covered(connection, capture, refund)
    rows = connection.execute(select(open_refunds).where(open_refunds.c.refund_key == refund.refund_key))
    known = rows.mappings().one()
    check_same(refund.refund_key, known, asdict(refund))
    return RefundProgress(capture["reference"], known["attempt"])


def set_aside(connection: Connection, refund: Refund) -> None:
    """Set money aside for a refund that is decided; a known key changes nothing. Raises what `Ledger` raises."""
    capture = _locked_capture(connection, refund.payment_id)
    if insert_new(connection, open_refunds, {**asdict(refund), "attempt": 1}):
        _check_covered(connection, capture, refund)


def _next_attempt(connection: Connection, refund_key: str, attempt: int) -> None:
    known = and_(open_refunds.c.refund_key == refund_key, open_refunds.c.attempt == attempt)
    connection.execute(update(open_refunds).where(known).values(attempt=attempt + 1))


def _book_refund(connection: Connection, refund: Refund, reference: str) -> str:
    capture = _locked_capture(connection, refund.payment_id)
    if known := _known_refund(connection, refund):
        return known
    _close(connection, refund.refund_key)
    _insert_refund(connection, refund, reference)
    _check_covered(connection, capture, refund)
    return str(connection.scalar(select(refunds.c.reference).where(refunds.c.refund_key == refund.refund_key)))


def _same_capture(known: RowMapping, capture: Capture) -> str:
    if any(known[field] != value for field, value in asdict(capture).items()):
        elsewhere = "" if known["payment_id"] == capture.payment_id else f", as payment {known['payment_id']}"
        raise CaptureConflictError(capture.payment_id, _in_words(dict(known)) + elsewhere, _in_words(asdict(capture)))
    return str(known["reference"])


def _in_words(capture: Mapping[str, Any]) -> str:
    return f"{format_money(capture['amount'], capture['currency'])} for order {capture['order_id']}"


def _row(connection: Connection, table: Table, where: ColumnElement[bool]) -> RowMapping | None:
    rows = connection.execute(select(table).where(where))
    return rows.mappings().one_or_none()


def _locked_capture(connection: Connection, payment_id: str) -> RowMapping:
    """Return a capture, locked: one of its refunds is decided at a time."""
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
    """Check that the capture covers all its refunds, made and open, including this one, which is inserted already."""
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
