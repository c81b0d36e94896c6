"""What holds for the stock and the parcels of an order that has ended."""

from tests.orders.properties.ended import UNDONE, Ended, count
from tests.orders.properties.invariants import CONSUMED, HELD
from tests.orders.properties.ledger import Books, Row
from workflows.orders.models import OrderStatus, ShipmentStatus
from workflows.orders.views.models import ReservedLine

RECALLED = "recalled"
GONE_WITHOUT_BEING_DELIVERED = frozenset({RECALLED, ShipmentStatus.LOST, ShipmentStatus.RETURNED})


def check_stock(ended: Ended, books: Books) -> None:
    """Check that each reservation has ended: consumed by what was delivered or lost, else released."""
    mine = ended.of_parcels_and_stock(books.reservations, "reservation_id")
    stored = {row["reservation_id"]: row["status"] for row in mine}
    for name, status in stored.items():
        assert status != HELD or _skipped(ended, name), f"{name} holds stock for an order that has ended"
    for told in ended.view.reservations:
        if told.status == HELD:
            assert _skipped(ended, told.reservation_id), f"{told} is held for an order that has ended"
        elif not _lines_skipped(ended):
            assert stored[told.reservation_id] == told.status, f"{told} is not as in {stored}"
    lines = [
        (stored[row["reservation_id"]], ReservedLine(sku=row["sku"], quantity=row["quantity"]))
        for row in ended.of_parcels_and_stock(books.reservation_lines, "reservation_id")
    ]
    consumed = count(line for status, line in lines if status == CONSUMED)
    taken = count(line for status, line in lines if status in (CONSUMED, HELD))
    if ended.skipped:  # what is skipped leaves pieces taken, and never frees any
        assert not ended.gone - taken, f"taken {dict(taken)}, delivered or lost {dict(ended.gone)}"
    else:
        assert consumed == ended.gone, f"consumed {dict(consumed)}, delivered or lost {dict(ended.gone)}"


def check_parcels(ended: Ended, books: Books) -> None:
    """Check that the carrier's rows say what the order says, and that all that must arrive did."""
    view = ended.view
    told = {parcel.parcel_id: parcel.status for parcel in view.parcels}
    for row in ended.of_parcels_and_stock(books.parcels, "parcel_id"):
        status = row["status"]
        if row["parcel_id"] in ended.given_by_hand:
            continue
        if row["parcel_id"] in told and not _any_skipped(ended, f"track/{row['parcel_id']}/"):
            assert status == told[row["parcel_id"]], f"{row} is {told[row['parcel_id']]} in the order's words"
        if row["parcel_id"] not in told and not _any_skipped(ended, "recall"):
            assert status == RECALLED, f"no parcel of the order, and not recalled: {row}"
    if view.status in UNDONE:
        assert set(told.values()) <= GONE_WITHOUT_BEING_DELIVERED, f"{view.status}, but {told}"
    else:
        _check_delivered(ended)
    for row in ended.of_parcels_and_stock(books.parcels, "parcel_id"):
        _check_hand_over(ended, row)


def _check_delivered(ended: Ended) -> None:
    """Check that every piece was delivered, refunded or cancelled, and none of the cancelled ones delivered."""
    view = ended.view
    delivered = count(
        line for parcel in view.parcels if parcel.status == ShipmentStatus.DELIVERED for line in parcel.lines
    )
    cancelled, refunded = count(view.cancelled_lines), count(view.refunded_lines)
    twice = refunded + cancelled - ended.pieces
    assert not twice, f"refunded by line and cancelled as well: {dict(twice)}"
    missing = ended.pieces - delivered - refunded - cancelled
    assert view.status == OrderStatus.DELIVERED, f"it has ended as {view.status}"
    assert delivered, "delivered, but nothing"
    assert not missing, f"neither delivered nor refunded: {dict(missing)}"
    too_many = delivered - (ended.pieces - cancelled)
    assert not too_many, f"delivered, though cancelled: {dict(too_many)}"


def _check_hand_over(ended: Ended, row: Row) -> None:
    handed_over = row["carrier"] is not None and ended.view.status in UNDONE
    assert not handed_over or row["created_at"] <= ended.view.stage_since, f"handed over after the end: {row}"


def _skipped(ended: Ended, reservation_id: str) -> bool:
    key = reservation_id.removeprefix(f"{ended.order_id}/reservation")[1:]
    steps = {f"{kind}/{key}" if key else kind for kind in ("release", "consume")}
    return bool(steps & ended.skipped) or _lines_skipped(ended)


def _lines_skipped(ended: Ended) -> bool:
    return _any_skipped(ended, "release/reservation")


def _any_skipped(ended: Ended, begins: str) -> bool:
    return any(step.startswith(begins) for step in ended.skipped)
