"""Everything that holds for one order that has ended: its own words, the books, and the order of what happened."""

from collections.abc import Sequence

from tests.orders.properties.ended import UNDONE, Ended
from tests.orders.properties.goods import check_parcels, check_stock
from tests.orders.properties.ledger import Books, Change
from tests.orders.properties.money import check_doors, check_every_payment_is_known, check_money
from tests.orders.properties.sequence import check_sequence
from workflows.orders.models import OrderStatus


def check_ended(ended: Ended, books: Books, trail: Sequence[Change], everyone: Sequence[Ended]) -> None:
    """Check everything about one order that has ended."""
    check_doors(ended, books)
    if ended.terminated:
        return
    view = ended.view
    assert view.status in UNDONE | {OrderStatus.DELIVERED}, f"it has ended as {view.status}"
    check_money(ended, books)
    check_every_payment_is_known(ended, books, everyone)
    check_stock(ended, books)
    check_parcels(ended, books)
    check_sequence(ended, trail)
    assert view.attention is None, f"it has ended, and still wants attention: {view.attention}"
    assert not view.stuck, f"it has ended, and is stuck: {view.stuck}"
