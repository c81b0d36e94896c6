"""What was done for an order, by any run of its workflow."""

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, select, update

from workers.store.engine import Store
from workers.store.errors import KeyConflictError
from workers.store.inserts import insert_new
from workers.store.item_lists import read_list, write_list
from workers.store.schema import business_items, captures, line_releases, open_refunds, parcels, refunds
from workers.store.shipping import RECALLED
from workflows.orders.client import payment_workflow_id, workflow_id
from workflows.orders.goods.shipments import reservation_id
from workflows.orders.models import ShipmentStatus
from workflows.orders.payment_intake.models import CLAIMED, PaymentOutcome
from workflows.orders.ports import BookedPayment, BookedRefund, ChangedAddress, DecidedRefund, LineRelease, OrderBooks
from workflows.orders.views.models import ReservedLine
from workflows.shared.items import ItemRecord
from workflows.shared.keys import key_of

NEWER = 2
"""So much newer is a claim that it stands against a decision of somebody who has not seen it."""


class SqlBooks:
    """The port `Books`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note_refund(self, order_id: str, refund: DecidedRefund) -> None:
        """Record a refund that is decided.

        Raises:
            KeyConflictError: the part is known with other content.
        """
        await self._store.write(_note_refund, order_id, refund)

    async def note_address(self, order_id: str, changed: ChangedAddress) -> None:
        """Record where an order's parcels go; see the port."""
        await self._store.write(_note_address, order_id, changed)

    async def of_order(self, order_id: str) -> OrderBooks:
        """Return what the store has of an order's money and parcels; see the port."""
        books = await self._store.read(_of_order, order_id)
        if all(payment.sent_back for payment in books.payments):
            return books
        return await self._store.write(_claim, order_id)


def _claim(connection: Connection, order_id: str) -> OrderBooks:
    """Let the order have its payments before the intake decides that they go back, or see that it has decided so."""
    item = business_items.c
    for payment_id in connection.scalars(select(captures.c.payment_id).where(captures.c.order_id == order_id)).all():
        item_id = payment_workflow_id(payment_id)
        claim = ItemRecord(sequence=NEWER, status=CLAIMED, finished=False, chain=order_id, request_hash="", state=None)
        if not insert_new(connection, business_items, {"item_id": item_id, **claim.model_dump()}):
            newer = update(business_items).values(sequence=item.sequence + NEWER)
            connection.execute(newer.where(item.item_id == item_id, item.finished.is_(False)))
    return _of_order(connection, order_id)


def _of_order(connection: Connection, order_id: str) -> OrderBooks:
    parcel = parcels.c
    shipped = select(parcel.parcel_id, parcel.status).where(parcel.order_id == order_id, parcel.status != RECALLED)
    return OrderBooks(
        payments=payments_of(connection, order_id),
        parcels={row.parcel_id: ShipmentStatus(row.status) for row in connection.execute(shipped)},
        released=_released(connection, order_id),
        decided=_decided(connection, order_id),
        address=max(_addresses(connection, order_id), key=lambda changed: changed.number, default=None),
    )


def _note_refund(connection: Connection, order_id: str, refund: DecidedRefund) -> None:
    lock_captures(connection, order_id)
    decided = _decided(connection, order_id)
    known = next((each for each in decided if each.part == refund.part), None)
    if known is None:
        write_list(connection, key_of("refunds", order_id), [*decided, refund])
    elif known != refund:
        raise KeyConflictError(key_of(order_id, refund.part), "content", known, refund)


def _decided(connection: Connection, order_id: str) -> list[DecidedRefund]:
    return read_list(connection, key_of("refunds", order_id), DecidedRefund)


def _note_address(connection: Connection, order_id: str, changed: ChangedAddress) -> None:
    connection.execute(select(business_items.c.item_id).where(_request_of(order_id)).with_for_update()).all()
    others = [each for each in _addresses(connection, order_id) if each.number != changed.number]
    write_list(connection, key_of("addresses", order_id), [*others, changed])


def _request_of(order_id: str) -> ColumnElement[bool]:
    return business_items.c.item_id == workflow_id(order_id)


def _addresses(connection: Connection, order_id: str) -> list[ChangedAddress]:
    return read_list(connection, key_of("addresses", order_id), ChangedAddress)


def lock_captures(connection: Connection, order_id: str) -> None:
    """Lock an order's captures, so that one of its refunds is decided at a time."""
    mine = select(captures.c.payment_id).where(captures.c.order_id == order_id).order_by(captures.c.payment_id)
    connection.execute(mine.with_for_update()).all()


def payments_of(connection: Connection, order_id: str) -> list[BookedPayment]:
    """Return what the ledger has of an order, in the order in which it came."""
    capture = captures.c
    found = connection.execute(select(captures).where(capture.order_id == order_id).order_by(capture.created_at)).all()
    sent_back = _sent_back(connection, [row.payment_id for row in found])
    back = _refunds(connection, [row.payment_id for row in found])
    return [
        BookedPayment(
            payment_id=row.payment_id,
            amount=row.amount,
            currency=row.currency,
            reference=row.reference,
            refunds=back[row.payment_id],
            sent_back=row.payment_id in sent_back,
        )
        for row in found
    ]


def _released(connection: Connection, order_id: str) -> list[LineRelease]:
    """Return what the order's reservations have released by line."""
    row, first = line_releases.c, reservation_id(order_id, 1)
    # The others' IDs continue with "-", and nothing else is before ".".
    of_order = (row.reservation_id >= first, row.reservation_id < f"{first}.")
    found = connection.execute(select(line_releases).where(*of_order).order_by(row.created_at, row.release_key))
    return [
        LineRelease(
            release_key=each.release_key,
            reservation_id=each.reservation_id,
            lines=[ReservedLine(sku=sku, quantity=quantity) for sku, quantity in each.lines.items()],
        )
        for each in found
    ]


def _sent_back(connection: Connection, payment_ids: list[str]) -> set[str]:
    """Return the payments that the intake sends back, or whose order has sent them back."""
    if not payment_ids:
        return set()
    item = business_items.c
    ids = {payment_workflow_id(payment_id): payment_id for payment_id in payment_ids}
    rows = select(item.item_id).where(item.item_id.in_(ids), item.status == PaymentOutcome.REFUNDED)
    return {ids[item_id] for item_id in connection.scalars(rows)}


def _refunds(connection: Connection, payment_ids: list[str]) -> dict[str, list[BookedRefund]]:
    """Return the refunds of each payment, those that a provider is asked for included."""
    found: defaultdict[str, list[BookedRefund]] = defaultdict(list)
    if not payment_ids:
        return found
    for table in (refunds, open_refunds):
        for row in connection.execute(select(table).where(table.c.payment_id.in_(payment_ids))):
            reference = row.reference if table is refunds else None
            found[row.payment_id].append(
                BookedRefund(refund_key=row.refund_key, amount=row.amount, reference=reference)
            )
    return found
