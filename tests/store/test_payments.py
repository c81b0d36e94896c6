"""The payment ledger."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from tests.support.memory_store import MemoryStore
from tests.support.profiles import examples
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, RefundRefusedError
from workers.store.ledger import Ledger
from workers.store.payments import SqlPayments
from workers.store.schema import captures, refunds
from workflows.orders.payments.records import late_part, refund_key
from workflows.orders.ports import Capture, CaptureConflictError, Refund


@pytest.fixture
def ledger(store: Store) -> SqlPayments:
    """Give an empty ledger."""
    return SqlPayments(store)


async def capture(ledger: SqlPayments, payment_id: str = "pay", amount: int = 100, order_id: str = "o") -> str:
    return await ledger.record_capture(Capture(payment_id, order_id, amount, "USD"))


async def refund(
    ledger: SqlPayments, key: str = "key", amount: int = 100, payment_id: str = "pay", order_id: str = "o"
) -> str:
    return await ledger.refund(Refund(key, payment_id, order_id, amount, "USD"))


async def refunded(store: Store, payment_id: str) -> int:
    query = select(func.coalesce(func.sum(refunds.c.amount), 0)).where(refunds.c.payment_id == payment_id)
    return int(await store.read(Connection.scalar, query))


async def test_a_key_is_one_fact_however_often_and_however_many_at_once(store: Store, ledger: SqlPayments) -> None:
    references = await asyncio.gather(*(capture(ledger) for _ in range(20)))
    assert len(set(references)) == 1
    back = await asyncio.gather(*(refund(ledger, amount=60) for _ in range(20)))
    assert len(set(back)) == 1
    assert await refunded(store, "pay") == 60
    assert await store.read(Connection.scalar, select(func.count()).select_from(captures)) == 1


async def test_a_payment_pays_one_order(ledger: SqlPayments) -> None:
    await capture(ledger)
    known = r"payment pay is in the ledger already, as \$1\.00 for order o; what came now is"
    with pytest.raises(CaptureConflictError, match=rf"{known} \$1\.00 for order other"):
        await capture(ledger, order_id="other")
    with pytest.raises(CaptureConflictError, match=rf"{known} \$1\.01 for order o"):
        await capture(ledger, amount=101)


async def test_of_captures_at_once_that_contradict_each_other_one_stands(store: Store, ledger: SqlPayments) -> None:
    claims = [capture(ledger, amount=100 + number % 3, order_id=f"o{number % 2}") for number in range(18)]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert len({result for result in results if isinstance(result, str)}) == 1
    assert [isinstance(result, str | CaptureConflictError) for result in results] == [True] * 18
    assert sum(isinstance(result, str) for result in results) == 3
    assert await store.read(Connection.scalar, select(func.count()).select_from(captures)) == 1


async def test_money_set_aside_is_not_refunded_otherwise(store: Store, ledger: SqlPayments) -> None:
    await capture(ledger)
    books = Ledger(store)
    progress = await books.begin_refund(Refund("a", "pay", "o", 60, "USD"))
    assert (progress.attempt, progress.reference) == (1, None)
    with pytest.raises(RefundRefusedError, match="41 minor units wanted, 40 left"):
        await refund(ledger, "b", 41)
    with pytest.raises(KeyConflictError, match="a is known with amount 60, not 61"):
        await books.begin_refund(Refund("a", "pay", "o", 61, "USD"))
    await books.next_attempt("a", 1)
    await books.next_attempt("a", 1)
    assert (await books.begin_refund(Refund("a", "pay", "o", 60, "USD"))).attempt == 2
    await books.give_up_refund("a")
    assert await refund(ledger, "b", 41)
    with pytest.raises(RefundRefusedError, match="60 minor units wanted, 59 left"):
        await books.begin_refund(Refund("a", "pay", "o", 60, "USD"))
    assert await refunded(store, "pay") == 41


async def test_what_is_decided_after_delivery_stays_set_aside_until_it_is_sent(
    store: Store, ledger: SqlPayments
) -> None:
    await capture(ledger)
    books, late = Ledger(store), Refund(refund_key("o", "pay", late_part("R1")), "pay", "o", 60, "USD")
    await books.begin_refund(late)
    await books.give_up_refund(late.refund_key)  # the provider refused it
    with pytest.raises(RefundRefusedError, match="41 minor units wanted, 40 left"):
        await refund(ledger, "b", 41)
    assert await ledger.record_manual_refund(late, "by hand") == "by hand"
    assert await refunded(store, "pay") == 60


async def test_refunds_at_once_never_exceed_the_capture_together(store: Store, ledger: SqlPayments) -> None:
    await capture(ledger)
    results = await asyncio.gather(*(refund(ledger, f"k{n}", 30) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 3
    assert sum(isinstance(result, RefundRefusedError) for result in results) == 17
    assert await refunded(store, "pay") == 90


async def test_refunds_that_fit_nothing_are_refused(ledger: SqlPayments) -> None:
    with pytest.raises(RefundRefusedError, match="no such capture"):
        await refund(ledger)
    await capture(ledger)
    with pytest.raises(RefundRefusedError, match="its order_id is o, not other"):
        await refund(ledger, order_id="other")
    with pytest.raises(RefundRefusedError, match="its currency is USD, not EUR"):
        await ledger.refund(Refund("k", "pay", "o", 1, "EUR"))
    for amount in (0, -5):
        with pytest.raises(ValueError, match="use 1 or more"):
            await refund(ledger, amount=amount)
        with pytest.raises(ValueError, match="use 1 or more"):
            await capture(ledger, "other", amount)


async def test_a_refund_key_for_another_refund_is_a_clear_error(ledger: SqlPayments) -> None:
    await capture(ledger)
    await capture(ledger, "pay2")
    await refund(ledger, amount=60)
    with pytest.raises(KeyConflictError, match="key is known with amount 60, not 10"):
        await refund(ledger, amount=10)
    with pytest.raises(KeyConflictError, match="key is known with payment_id pay, not pay2"):
        await refund(ledger, amount=60, payment_id="pay2")


async def by_hand(ledger: SqlPayments, key: str, amount: int, reference: str) -> str:
    return await ledger.record_manual_refund(Refund(key, "pay", "o", amount, "USD"), reference)


async def test_of_a_refund_and_one_by_hand_under_a_key_the_first_stands(store: Store, ledger: SqlPayments) -> None:
    await capture(ledger)
    assert await by_hand(ledger, "a", 60, "bank transfer 7") == "bank transfer 7"
    assert await refund(ledger, "a", 60) == "bank transfer 7"
    sent = await refund(ledger, "b", 10)
    assert await by_hand(ledger, "b", 10, "bank transfer 8") == sent
    with pytest.raises(RefundRefusedError, match="31 minor units wanted, 30 left"):
        await by_hand(ledger, "c", 31, "bank transfer 9")
    assert await refunded(store, "pay") == 70


async def test_people_may_give_a_reference_twice(ledger: SqlPayments) -> None:
    await capture(ledger)
    assert await by_hand(ledger, "a", 60, "cash\0") == "cash\ufffd"
    assert await by_hand(ledger, "b", 40, "cash\0") == "cash\ufffd (b)"
    assert await by_hand(ledger, "b", 40, "something else") == "cash\ufffd (b)"


async def test_the_largest_amounts_fit(store: Store, ledger: SqlPayments) -> None:
    await capture(ledger, amount=10**15)
    await refund(ledger, "a", 10**15 - 1)
    await refund(ledger, "b", 1)
    assert await refunded(store, "pay") == 10**15


WAYS = st.lists(
    st.tuples(st.sampled_from(["send", "hand", "begin", "book", "give up"]), st.integers(0, 3), st.integers(1, 60)),
    max_size=25,
)


@examples(60, far=5_000, shrinks=True)
@given(steps=WAYS)
async def test_the_ledger_agrees_with_a_plain_count(steps: list[tuple[str, int, int]]) -> None:
    store, payment = MemoryStore(), "pay"
    ledger, books = SqlPayments(store), Ledger(store)
    await capture(ledger, payment)
    made: dict[str, int] = {}
    aside: dict[str, int] = {}
    for way, number, amount in steps:
        key = f"{payment}-{number}"
        entry = Refund(key, payment, "o", amount, "USD")
        if way == "give up":
            await books.give_up_refund(key)
            aside.pop(key, None)
            continue
        fits = amount + sum(made.values()) + sum(aside[other] for other in aside if other != key) <= 100
        contradicts = made.get(key, amount) != amount or (way == "begin" and aside.get(key, amount) != amount)
        try:
            await _go(ledger, books, way, entry)
        except KeyConflictError:
            assert contradicts
        except RefundRefusedError:
            assert not fits
            assert key not in made
        else:
            assert not contradicts
            assert fits or key in made
            if way == "begin" and key not in made:
                aside[key] = amount
            elif way != "begin":
                aside.pop(key, None)
                made[key] = amount
    assert await refunded(store, payment) == sum(made.values()) <= 100


async def _go(ledger: SqlPayments, books: Ledger, way: str, entry: Refund) -> None:
    match way:
        case "send":
            await ledger.refund(entry)
        case "hand":
            await ledger.record_manual_refund(entry, "cash")
        case "begin":
            await books.begin_refund(entry)
        case _:
            await books.book_refund(entry, f"re_{entry.refund_key}")


async def test_of_which_payments_nothing_has_gone_back(store: Store, ledger: SqlPayments) -> None:
    for payment_id in ("pay-a", "pay-b", "pay-c"):
        await capture(ledger, payment_id)
    await capture(ledger, "pay-other", order_id="other")
    await refund(ledger, "back", 1, "pay-a")
    await Ledger(store).begin_refund(Refund("begun", "pay-b", "o", 1, "USD"))
    assert await ledger.unrefunded("o") == ["pay-c"]
    assert await ledger.unrefunded("nothing") == []
