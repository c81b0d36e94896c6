"""Records of business items: an outcome is final, and a late record changes nothing."""

import pytest

from workers.store.engine import Store
from workers.store.items import SqlItems
from workflows.shared.items import ItemRecord

ITEM = "approval-REQ-1"


def record(sequence: int, status: str = "IN_REVIEW", *, finished: bool = False, chain: str = "run-1") -> ItemRecord:
    return ItemRecord(
        sequence=sequence, status=status, finished=finished, chain=chain, request_hash="h", state={"n": sequence}
    )


async def test_what_nobody_saved_is_not_known(store: Store) -> None:
    assert await SqlItems(store).find(ITEM) is None


async def test_the_first_start_stands_unless_it_is_replaced_knowingly(store: Store) -> None:
    items, first, second = SqlItems(store), record(0), record(2, chain="run-2")
    assert await items.begin(ITEM, first) == first
    assert await items.begin(ITEM, second) == first
    assert await items.begin(ITEM, second, instead_of=record(1)) == first
    assert await items.begin(ITEM, second, instead_of=first) == second
    assert await items.save(ITEM, record(1, "REJECTED", finished=True)) == second


@pytest.mark.parametrize(
    ("known", "later", "stands"),
    [
        (record(2), record(3), "later"),
        (record(2), record(2, "APPROVED", finished=True), "later"),
        (record(3), record(2), "known"),
        (record(2, "APPROVED", finished=True), record(9), "known"),
        (record(2, "APPROVED", finished=True), record(9, "REJECTED", finished=True, chain="run-2"), "known"),
        (record(2, "APPROVED", finished=True), record(3, "APPROVED", finished=True), "later"),
    ],
)
async def test_the_newer_record_stands_and_the_first_outcome(
    store: Store, known: ItemRecord, later: ItemRecord, stands: str
) -> None:
    items = SqlItems(store)
    assert await items.save(ITEM, known) == known
    expected = known if stands == "known" else later
    assert await items.save(ITEM, later) == expected
    assert await items.find(ITEM) == expected
