"""Stock and reservations."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.books import check_books, pieces
from tests.support.temporal import fresh
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.inventory import SqlInventory
from workflows.orders.models import ReservedLine
from workflows.orders.ports import OutOfStockError, ReservationEndedError, UnknownSkuError


def lines(**quantities: int) -> list[ReservedLine]:
    return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in quantities.items()]


@pytest.fixture
async def inventory(store: Store) -> SqlInventory:
    """Give an inventory with ten chairs and two desks."""
    inventory = SqlInventory(store)
    await inventory.set_available("CHAIR", 10)
    await inventory.set_available("DESK", 2)
    return inventory


async def test_pieces_go_from_available_to_held_to_consumed_and_back(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4, DESK=1))
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    await inventory.consume("r")
    assert await pieces(store, "CHAIR") == (6, 0, 4)
    await inventory.restock("r")
    assert await pieces(store, "CHAIR") == (10, 0, 0)
    await check_books(store, {"CHAIR": 10, "DESK": 2})


async def test_every_step_happens_once(store: Store, inventory: SqlInventory) -> None:
    for _ in range(3):
        await inventory.reserve("r", lines(CHAIR=4))
    for _ in range(3):
        await inventory.release("r")
    assert await pieces(store, "CHAIR") == (10, 0, 0)
    await inventory.reserve("s", lines(CHAIR=4))
    for _ in range(3):
        await inventory.consume("s")
    await inventory.release("s")
    assert await pieces(store, "CHAIR") == (6, 0, 4)
    for _ in range(3):
        await inventory.restock("s")
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_some_pieces_of_a_reservation_go_back_once(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4, DESK=1))
    for _ in range(3):
        await inventory.release_lines("r/1", "r", lines(CHAIR=1, DESK=1))
    assert await pieces(store, "CHAIR") == (7, 3, 0)
    assert await pieces(store, "DESK") == (2, 0, 0)
    await inventory.consume("r")
    await inventory.release_lines("r/2", "r", lines(CHAIR=1))
    assert await pieces(store, "CHAIR") == (8, 0, 2)
    await inventory.restock("r")
    await inventory.release_lines("r/3", "r", lines(CHAIR=2))
    assert await pieces(store, "CHAIR") == (10, 0, 0)
    await check_books(store, {"CHAIR": 10, "DESK": 2})


async def test_a_reservation_that_has_given_up_all_is_released(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4))
    await inventory.release_lines("r/1", "r", lines(CHAIR=1) + lines(CHAIR=3))
    await inventory.consume("r")
    await inventory.release("r")
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_no_more_pieces_go_back_than_were_reserved(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=2))
    with pytest.raises(OutOfStockError, match="CHAIR: 3 wanted, 2 available"):
        await inventory.release_lines("r/1", "r", lines(CHAIR=3))
    with pytest.raises(UnknownKeyError):
        await inventory.release_lines("r/1", "s", lines(CHAIR=1))
    await inventory.release_lines("r/1", "r", lines(CHAIR=1))
    with pytest.raises(KeyConflictError):
        await inventory.release_lines("r/1", "r", lines(CHAIR=2))
    assert await pieces(store, "CHAIR") == (9, 1, 0)


async def test_many_releases_at_once_give_back_what_there_was(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=10))
    keys = [f"r/{number % 10}" for number in range(30)]
    await asyncio.gather(*(inventory.release_lines(key, "r", lines(CHAIR=1)) for key in keys))
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_all_lines_or_none(store: Store, inventory: SqlInventory) -> None:
    with pytest.raises(OutOfStockError, match="DESK: 3 wanted, 2 available"):
        await inventory.reserve("r", lines(CHAIR=1, DESK=3))
    with pytest.raises(UnknownSkuError, match="unknown SKU THRONE"):
        await inventory.reserve("r", lines(CHAIR=1, THRONE=1))
    assert await pieces(store, "CHAIR") == (10, 0, 0)
    await inventory.reserve("r", lines(CHAIR=1, DESK=2))
    assert await pieces(store, "DESK") == (0, 2, 0)


async def test_what_there_is_of_each_line_is_set_aside_once(store: Store, inventory: SqlInventory) -> None:
    for _ in range(3):
        assert await inventory.reserve_available("r", lines(CHAIR=4, DESK=3)) == lines(CHAIR=4, DESK=2)
    assert await pieces(store, "DESK") == (0, 2, 0)
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    with pytest.raises(KeyConflictError, match="r is known with lines"):
        await inventory.reserve_available("r", lines(CHAIR=3, DESK=2))
    await inventory.consume("r")
    with pytest.raises(ReservationEndedError):
        await inventory.reserve_available("r", lines(CHAIR=4, DESK=3))
    await check_books(store, {"CHAIR": 10, "DESK": 2})


async def test_where_there_is_nothing_the_reservation_may_find_something_later(
    store: Store, inventory: SqlInventory
) -> None:
    await inventory.set_available("DESK", 0)
    assert await inventory.reserve_available("r", lines(DESK=1)) == []
    await inventory.set_available("DESK", 1)
    assert await inventory.reserve_available("r", lines(DESK=1)) == lines(DESK=1)
    await inventory.release("r")
    with pytest.raises(ReservationEndedError):
        await inventory.reserve_available("r", lines(DESK=1))
    assert await pieces(store, "DESK") == (1, 0, 0)


async def test_an_unknown_sku_sets_nothing_aside(store: Store, inventory: SqlInventory) -> None:
    with pytest.raises(UnknownSkuError, match="unknown SKU THRONE"):
        await inventory.reserve_available("r", lines(CHAIR=1, THRONE=1))
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_the_last_pieces_are_shared_out_and_none_twice(store: Store, inventory: SqlInventory) -> None:
    answers = await asyncio.gather(*(inventory.reserve_available(f"r{number}", lines(CHAIR=3)) for number in range(20)))
    assert sorted(sum(line.quantity for line in held) for held in answers)[-4:] == [1, 3, 3, 3]
    assert await pieces(store, "CHAIR") == (0, 10, 0)


async def test_a_sku_that_is_named_twice_counts_twice(store: Store, inventory: SqlInventory) -> None:
    with pytest.raises(OutOfStockError, match="DESK: 3 wanted"):
        await inventory.reserve("r", lines(DESK=2) + lines(DESK=1))
    await inventory.reserve("r", lines(DESK=1) + lines(DESK=1))
    assert await pieces(store, "DESK") == (0, 2, 0)


@pytest.mark.parametrize("quantity", [0, -1])
async def test_no_pieces_are_no_reservation(store: Store, inventory: SqlInventory, quantity: int) -> None:
    with pytest.raises(ValueError, match=f"CHAIR: {quantity} pieces"):
        await inventory.reserve("r", lines(CHAIR=quantity))
    with pytest.raises(ValueError, match="at least one line"):
        await inventory.reserve("r", [])
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_a_known_reservation_with_other_lines_is_a_clear_error(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=1))
    with pytest.raises(KeyConflictError, match=r"r is known with lines .*CHAIR.*1.*not .*2"):
        await inventory.reserve("r", lines(CHAIR=2))
    assert await pieces(store, "CHAIR") == (9, 1, 0)


async def test_a_reserve_that_arrives_after_its_release_holds_nothing(store: Store, inventory: SqlInventory) -> None:
    await inventory.release("r")
    with pytest.raises(ReservationEndedError, match="r has ended already"):
        await inventory.reserve("r", lines(CHAIR=4))
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_what_comes_too_late_changes_nothing(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4))
    await inventory.restock("r")
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    await inventory.release("r")
    await inventory.consume("r")
    assert await pieces(store, "CHAIR") == (10, 0, 0)
    with pytest.raises(UnknownKeyError, match="no reservation s"):
        await inventory.consume("s")


async def test_setting_the_stock_leaves_what_is_held(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4))
    await inventory.set_available("CHAIR", 3)
    assert await pieces(store, "CHAIR") == (3, 4, 0)
    await inventory.release("r")
    assert await pieces(store, "CHAIR") == (7, 0, 0)
    with pytest.raises(ValueError, match="use 0 or more"):
        await inventory.set_available("CHAIR", -1)


async def test_the_last_pieces_go_to_as_many_as_there_are(store: Store, inventory: SqlInventory) -> None:
    results = await asyncio.gather(
        *(inventory.reserve(f"r{number}", lines(CHAIR=1)) for number in range(40)), return_exceptions=True
    )
    assert results.count(None) == 10
    assert sum(isinstance(result, OutOfStockError) for result in results) == 30
    assert await pieces(store, "CHAIR") == (0, 10, 0)


async def test_one_reservation_asked_for_many_times_at_once(store: Store, inventory: SqlInventory) -> None:
    await asyncio.gather(*(inventory.reserve("r", lines(CHAIR=4)) for _ in range(20)))
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    await asyncio.gather(*(inventory.release("r") for _ in range(20)))
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_orders_that_name_skus_crosswise_never_block_each_other(store: Store, inventory: SqlInventory) -> None:
    await inventory.set_available("DESK", 10)

    async def come_and_go(number: int) -> None:
        wanted = lines(CHAIR=1, DESK=1) if number % 2 else lines(DESK=1, CHAIR=1)
        await inventory.reserve(f"r{number}", wanted)
        await inventory.release(f"r{number}")

    for start in range(0, 60, 10):
        await asyncio.gather(*(come_and_go(number) for number in range(start, start + 10)))
    assert await pieces(store, "CHAIR") == await pieces(store, "DESK") == (10, 0, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve_available", "release", "consume", "restock"]),
        st.integers(0, 3),
        st.dictionaries(st.sampled_from(["A", "B"]), st.integers(1, 4), min_size=1),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, at_once=st.booleans())
async def test_every_piece_is_somewhere_whatever_happens(
    store: Store, steps: list[tuple[str, int, dict[str, int]]], *, at_once: bool
) -> None:
    inventory = SqlInventory(store)
    prefix = fresh("p")
    stocked = {f"{prefix}-A": 5, f"{prefix}-B": 3}
    for sku, quantity in stocked.items():
        await inventory.set_available(sku, quantity)

    async def take(step: tuple[str, int, dict[str, int]]) -> None:
        verb, number, wanted = step
        reservation = f"{prefix}-{number}"
        try:
            if verb in ("reserve", "reserve_available"):
                await getattr(inventory, verb)(reservation, lines(**{f"{prefix}-{k}": n for k, n in wanted.items()}))
            else:
                await getattr(inventory, verb)(reservation)
        except (OutOfStockError, ReservationEndedError, KeyConflictError, UnknownKeyError):
            pass

    if at_once:
        await asyncio.gather(*(take(step) for step in steps))
    else:
        for step in steps:
            await take(step)
    await check_books(store, stocked)
