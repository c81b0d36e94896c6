"""Stock and reservations: compared step by step with a model in plain Python, and wanted by many at once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.books import check_books, pieces
from tests.support.memory_store import MemoryStore
from tests.support.profiles import examples
from tests.support.temporal import fresh
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, UnknownKeyError
from workers.store.inventory import SqlInventory
from workflows.orders.ports import OutOfStockError, ReservationEndedError, UndoneError, UnknownSkuError
from workflows.orders.views.attention import Attention
from workflows.orders.views.models import ReservedLine

STOCKED = {"A": 5, "B": 3}


def lines(**quantities: int) -> list[ReservedLine]:
    return [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in quantities.items()]


class Step(NamedTuple):
    """A call of the inventory."""

    verb: str
    reservation: str
    wanted: dict[str, int]
    key: str

    async def take(self, inventory: SqlInventory, prefix: str = "") -> list[ReservedLine] | None:
        """Do it, with all keys behind the prefix."""
        reservation, wanted = prefix + self.reservation, lines(**{prefix + k: n for k, n in self.wanted.items()})
        match self.verb:
            case "reserve":
                await inventory.reserve(reservation, wanted)
            case "reserve_available":
                return await inventory.reserve_available(reservation, wanted)
            case "release_lines":
                await inventory.release_lines(prefix + self.key, reservation, wanted)
            case verb:
                await getattr(inventory, verb)(reservation)
        return None


class Model:
    """What an inventory should do."""

    def __init__(self) -> None:
        self.available = Counter(STOCKED)
        self.reservations: dict[str, tuple[str, Counter[str]]] = {}
        self._releases: dict[str, tuple[str, dict[str, int]]] = {}

    def take(self, step: Step) -> list[ReservedLine] | None:
        """Do a step: return what it should return, or raise the type of error that it should raise."""
        status, held = self.reservations.get(step.reservation, ("", Counter()))
        match step.verb:
            case "reserve" | "reserve_available":
                return self._reserve(step, status, held)
            case "release":
                if status in ("", "HELD"):
                    self._put_back(step.reservation, held)
            case "consume":
                self._consume(step, status, held)
            case "restock":
                if status == "CONSUMED":
                    self._put_back(step.reservation, held)
            case _:
                self._release_lines(step, status, held)
        return None

    def _consume(self, step: Step, status: str, held: Counter[str]) -> None:
        if not status:
            raise UnknownKeyError("reservation", step.reservation)
        if status == "RELEASED":
            raise UndoneError(Attention.STOCK_RELEASED, step.reservation)
        self.reservations[step.reservation] = ("CONSUMED", held)

    def _reserve(self, step: Step, status: str, held: Counter[str]) -> list[ReservedLine] | None:
        partly = step.verb == "reserve_available"
        if status == "RELEASED":
            raise ReservationEndedError(step.reservation)
        if status:
            if not held <= Counter(step.wanted) if partly else held != step.wanted:
                raise KeyConflictError(step.reservation, "lines", held, step.wanted)
        elif unknown := step.wanted.keys() - STOCKED.keys():
            raise UnknownSkuError(unknown.pop())
        else:
            held = Counter(step.wanted) & self.available
            if not partly and held != step.wanted:
                raise OutOfStockError("", 0, 0)
            if held:
                self.available.subtract(held)
                self.reservations[step.reservation] = ("HELD", held)
        return lines(**dict(sorted(held.items()))) if partly else None

    def _release_lines(self, step: Step, status: str, held: Counter[str]) -> None:
        if not status:
            raise UnknownKeyError("reservation", step.reservation)
        release = (step.reservation, step.wanted)
        if step.key in self._releases:
            if self._releases[step.key] != release:
                raise KeyConflictError(step.key, "lines", self._releases[step.key], release)
            return
        if status != "RELEASED":
            if unknown := step.wanted.keys() - STOCKED.keys():
                raise UnknownSkuError(unknown.pop())
            if not Counter(step.wanted) <= held:
                raise OutOfStockError("", 0, 0)
            self.available.update(step.wanted)
            left = held - Counter(step.wanted)
            self.reservations[step.reservation] = (status if left else "RELEASED", left)
        self._releases[step.key] = release

    def _put_back(self, reservation: str, held: Counter[str]) -> None:
        self.available.update(held)
        self.reservations[reservation] = ("RELEASED", held)

    def levels(self) -> list[tuple[str, int, int, int]]:
        """Return the available, held and consumed pieces of each SKU."""
        taken = {status: Counter[str]() for status in ("HELD", "CONSUMED", "RELEASED")}
        for status, held in self.reservations.values():
            taken[status].update(held)
        return [(sku, self.available[sku], taken["HELD"][sku], taken["CONSUMED"][sku]) for sku in sorted(STOCKED)]


VERBS = ("reserve", "reserve", "reserve_available", "release", "consume", "restock", "release_lines", "release_lines")
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(VERBS),
        st.sampled_from(["r0", "r1", "r2"]),
        st.dictionaries(st.sampled_from(["A", "B", "A", "B", "C"]), st.integers(1, 4), min_size=1),
        st.sampled_from(["k0", "k1", "k2"]),
    ),
    max_size=25,
)


@examples(60, far=5_000, shrinks=True)
@given(steps=STEPS)
async def test_the_inventory_does_what_the_model_does(steps: Sequence[Step]) -> None:
    store, model = MemoryStore(), Model()
    inventory = SqlInventory(store)
    for sku, quantity in STOCKED.items():
        await inventory.set_available(sku, quantity)
    for step in steps:
        try:
            expected = model.take(step)
        except Exception as error:  # noqa: BLE001 - of whatever type the model says
            with pytest.raises(type(error)):
                await step.take(inventory)
        else:
            assert await step.take(inventory) == expected
        levels = [(level.sku, level.available, level.held, level.consumed) for level in await inventory.levels()]
        assert levels == model.levels()


@examples(6, far=200, shrinks=False)
@given(steps=STEPS)
async def test_every_piece_is_somewhere_whatever_happens_at_once(store: Store, steps: Sequence[Step]) -> None:
    inventory, prefix = SqlInventory(store), fresh("p")
    stocked = {prefix + sku: quantity for sku, quantity in STOCKED.items()}
    for sku, quantity in stocked.items():
        await inventory.set_available(sku, quantity)
    results = await asyncio.gather(*(step.take(inventory, prefix) for step in steps), return_exceptions=True)
    refused = (
        OutOfStockError,
        ReservationEndedError,
        KeyConflictError,
        UndoneError,
        UnknownKeyError,
        UnknownSkuError,
    )
    assert [result for result in results if isinstance(result, Exception) and not isinstance(result, refused)] == []
    await check_books(store, stocked)


@pytest.fixture
async def inventory(store: Store) -> SqlInventory:
    """Give an inventory with ten chairs and two desks."""
    inventory = SqlInventory(store)
    await inventory.set_available("CHAIR", 10)
    await inventory.set_available("DESK", 2)
    return inventory


async def test_errors_say_what_is_wrong(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4))
    with pytest.raises(KeyConflictError, match=r"r is known with lines .*CHAIR.*4.*not .*2"):
        await inventory.reserve("r", lines(CHAIR=2))
    with pytest.raises(OutOfStockError, match="DESK: 3 wanted, 2 available"):
        await inventory.reserve("s", lines(CHAIR=1, DESK=2) + lines(DESK=1))
    with pytest.raises(UnknownSkuError, match=r"unknown SKU THRONE$"):
        await inventory.reserve("s", lines(CHAIR=1, THRONE=1))
    with pytest.raises(UnknownSkuError, match=r"unknown SKU chiar: did you mean CHAIR\?$"):
        await inventory.reserve("s", lines(chiar=1))
    with pytest.raises(OutOfStockError, match="CHAIR: 5 wanted, 4 available"):
        await inventory.release_lines("k", "r", lines(CHAIR=5))
    with pytest.raises(UnknownKeyError, match="no reservation s"):
        await inventory.consume("s")
    await inventory.release("s")
    with pytest.raises(ReservationEndedError, match="s has ended already"):
        await inventory.reserve("s", lines(CHAIR=4))
    for quantity in (0, -1):
        with pytest.raises(ValueError, match=f"CHAIR: {quantity} pieces"):
            await inventory.reserve("t", lines(CHAIR=quantity))
    with pytest.raises(ValueError, match="at least one line"):
        await inventory.reserve("t", [])
    with pytest.raises(ValueError, match="use 0 or more"):
        await inventory.set_available("CHAIR", -1)
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    assert await pieces(store, "DESK") == (2, 0, 0)


async def test_setting_the_stock_leaves_held_pieces(store: Store, inventory: SqlInventory) -> None:
    await inventory.reserve("r", lines(CHAIR=4))
    await inventory.set_available("CHAIR", 3)
    assert await pieces(store, "CHAIR") == (3, 4, 0)
    await inventory.release("r")
    assert await pieces(store, "CHAIR") == (7, 0, 0)


async def test_the_last_pieces_are_shared_out_and_none_twice(store: Store, inventory: SqlInventory) -> None:
    reserving = (inventory.reserve(f"r{number}", lines(DESK=1)) for number in range(20))
    results = await asyncio.gather(*reserving, return_exceptions=True)
    assert results.count(None) == 2
    assert sum(isinstance(result, OutOfStockError) for result in results) == 18
    answers = await asyncio.gather(*(inventory.reserve_available(f"s{number}", lines(CHAIR=3)) for number in range(20)))
    assert sorted(sum(line.quantity for line in held) for held in answers)[-4:] == [1, 3, 3, 3]
    await check_books(store, {"CHAIR": 10, "DESK": 2})


async def test_one_step_asked_for_many_times_at_once_happens_once(store: Store, inventory: SqlInventory) -> None:
    await asyncio.gather(*(inventory.reserve("r", lines(CHAIR=4)) for _ in range(20)))
    assert await pieces(store, "CHAIR") == (6, 4, 0)
    keys = [f"k{number % 3}" for number in range(30)]
    await asyncio.gather(*(inventory.release_lines(key, "r", lines(CHAIR=1)) for key in keys))
    assert await pieces(store, "CHAIR") == (9, 1, 0)
    await asyncio.gather(*(inventory.release("r") for _ in range(20)))
    assert await pieces(store, "CHAIR") == (10, 0, 0)


async def test_orders_that_name_skus_in_another_order_never_deadlock(store: Store, inventory: SqlInventory) -> None:
    await inventory.set_available("DESK", 10)

    async def come_and_go(number: int) -> None:
        wanted = lines(CHAIR=1, DESK=1) if number % 2 else lines(DESK=1, CHAIR=1)
        await inventory.reserve(f"r{number}", wanted)
        await inventory.release(f"r{number}")

    for start in range(0, 60, 10):
        await asyncio.gather(*(come_and_go(number) for number in range(start, start + 10)))
    assert await pieces(store, "CHAIR") == await pieces(store, "DESK") == (10, 0, 0)
