"""What was done for an order, by any run of its workflow."""

from collections import defaultdict

from sqlalchemy import Connection, select, update

from workers.store.engine import Store
from workers.store.inserts import insert_new
from workers.store.schema import business_items, captures, line_releases, open_refunds, parcels, refunds
from workers.store.shipping import RECALLED
from workflows.orders.client import payment_workflow_id
from workflows.orders.goods.shipments import reservation_id
from workflows.orders.models import ShipmentStatus
from workflows.orders.payment_intake.models import CLAIMED, PaymentOutcome
from workflows.orders.ports import BookedPayment, BookedRefund, LineRelease, OrderBooks
from workflows.orders.views.models import ReservedLine
from workflows.shared.items import ItemRecord

NEWER = 2
"""So much newer is a claim that it stands against a decision of somebody who has not seen it."""


class SqlBooks:
    """The port `Books`."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
    )


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
