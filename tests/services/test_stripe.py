"""Payments at Stripe: a stateful local one, with every fault that the real one has."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

from tests.support import stripe as faults
from tests.support.profiles import examples
from tests.support.rows import rows
from tests.support.stripe import API_KEY, DECLINED_CARD, StripeProxy
from tests.support.temporal import fresh
from workers.services import stripe_calls
from workers.services.stripe_payments import StripePayments, open_stripe_payments
from workers.store.engine import Store
from workers.store.errors import KeyConflictError, RefundRefusedError
from workers.store.payments import SqlPayments
from workers.store.schema import captures, open_refunds, refunds
from workflows.orders.payments.records import refund_key
from workflows.orders.ports import Capture, CaptureConflictError, CaptureRefusedError, Refund

ORDER = "ORD-1"


@pytest.fixture
async def payments(store: Store, stripe: StripeProxy) -> AsyncIterator[StripePayments]:
    """Give the provider."""
    async with open_stripe_payments(store, API_KEY, stripe.base_url) as opened:
        yield opened


async def capture(
    payments: StripePayments, payment_id: str, amount: int = 12_000, currency: str = "USD", order_id: str = ORDER
) -> str:
    return await payments.record_capture(Capture(payment_id, order_id, amount, currency))


async def refund(payments: StripePayments, payment_id: str, amount: int = 12_000, key: str = "") -> str:
    key = key or f"{ORDER}/refund/{payment_id}"
    return await payments.refund(Refund(key, payment_id, ORDER, amount, "USD"))


async def by_hand(payments: StripePayments, payment_id: str, amount: int, key: str, reference: str) -> str:
    return await payments.record_manual_refund(Refund(key, payment_id, ORDER, amount, "USD"), reference)


async def until_made(payments: StripePayments, payment_id: str, amount: int = 12_000, key: str = "") -> str:
    """Refund as Temporal does: again, unless the error is final."""
    for _ in range(10):
        try:
            return await refund(payments, payment_id, amount, key)
        except ApplicationError as error:
            if error.non_retryable:
                raise
    raise AssertionError("not in ten attempts")


async def paid(stripe: StripeProxy, payments: StripePayments, amount: int = 12_000) -> dict[str, Any]:
    """Return a payment that is in the ledger."""
    payment = await stripe.pay(amount)
    await capture(payments, payment["id"], amount)
    stripe.calls.clear()
    return payment


async def booked(store: Store, payment: dict[str, Any]) -> list[tuple[str, int]]:
    """Return the references and amounts of the ledger's refunds, and check that none is left open."""
    left = select(open_refunds.c.refund_key).where(open_refunds.c.payment_id == payment["id"])
    assert await store.read(rows, left) == []
    found = select(refunds.c.reference, refunds.c.amount).where(refunds.c.payment_id == payment["id"])
    return [(row.reference, row.amount) for row in await store.read(rows, found)]


async def check_agree(store: Store, stripe: StripeProxy, payment: dict[str, Any], *amounts: int) -> None:
    """Check that Stripe made refunds of exactly these amounts, and that the ledger has the same ones."""
    made = sorted((made["id"], made["amount"]) for made in await stripe.refunds(payment))
    assert sorted(amount for _, amount in made) == sorted(amounts)
    assert sorted(await booked(store, payment)) == made


async def test_a_payment_is_looked_up_once_and_named_by_its_charge(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await stripe.pay(12_000)
    charge = payment["latest_charge"]["id"]
    assert await capture(payments, payment["id"]) == charge
    assert await capture(payments, payment["id"]) == charge
    assert stripe.calls == [f"GET /v1/payment_intents/{payment['id']}"]
    [row] = await store.read(rows, select(captures))
    assert (row.payment_id, row.amount, row.currency) == (payment["id"], 12_000, "USD")


async def test_the_same_money_counts_once_by_whichever_id_it_comes(
    stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await stripe.pay(12_000)
    charge = payment["latest_charge"]["id"]
    assert await capture(payments, charge) == charge
    with pytest.raises(CaptureConflictError, match=rf"already, as \$120\.00 for order {ORDER}, as payment {charge}"):
        await capture(payments, payment["id"])
    with pytest.raises(CaptureConflictError):
        await capture(payments, charge, order_id="ORD-2")


async def test_what_was_never_captured_is_refused(store: Store, stripe: StripeProxy, payments: StripePayments) -> None:
    good = await stripe.pay(12_000)
    unpaid = await stripe.post("/v1/payment_intents", amount="12000", currency="usd")
    declined = await stripe.pay(12_000, card=DECLINED_CARD)
    assert declined["error"]["code"] == "card_declined"
    cases = [
        ("pi_unknown", 12_000, "USD", "Stripe knows no such payment"),
        ("pay-123", 12_000, "USD", "Stripe knows no such payment"),
        ("ch_../refunds", 12_000, "USD", "Stripe knows no such payment"),
        (good["id"], 11_999, "USD", r"Stripe captured \$120\.00, not \$119\.99"),
        (good["id"], 12_000, "EUR", r"Stripe captured \$120\.00, not €120\.00"),
        (unpaid["id"], 12_000, "USD", "it did not succeed at Stripe: it is requires_payment_method"),
        (declined["error"]["charge"], 12_000, "USD", "it did not succeed at Stripe: it is failed"),
        (good["id"], 12_001, "KWD", "Stripe takes KWD in steps of 10"),
    ]
    for payment_id, amount, currency, reason in cases:
        with pytest.raises(CaptureRefusedError, match=reason):
            await capture(payments, payment_id, amount, currency)
    assert await store.read(rows, select(captures)) == []


async def test_currencies_that_stripe_counts_otherwise(stripe: StripeProxy, payments: StripePayments) -> None:
    krona = await stripe.pay(50_000, "isk")
    await capture(payments, krona["id"], 500, "ISK")
    await payments.refund(Refund("k", krona["id"], ORDER, 200, "ISK"))
    assert [made["amount"] for made in await stripe.refunds(krona)] == [20_000]


async def test_a_payment_that_is_not_decided_yet_is_asked_for_again_later(
    stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await stripe.pay(12_000, capture_method="manual")
    for payment_id in (payment["id"], payment["latest_charge"]["id"]):
        with pytest.raises(ApplicationError, match=r"not captured .* yet: it is requires_capture") as undecided:
            await capture(payments, payment_id)
        assert undecided.value.non_retryable
    await stripe.post(f"/v1/payment_intents/{payment['id']}/capture")
    assert await capture(payments, payment["id"]) == payment["latest_charge"]["id"]


async def test_money_that_went_back_before_pays_nothing(stripe: StripeProxy, payments: StripePayments) -> None:
    payment = await stripe.pay(12_000)
    await stripe.post("/v1/refunds", payment_intent=payment["id"], amount="1")
    with pytest.raises(CaptureRefusedError, match=r"Stripe has sent \$0\.01 of it back already"):
        await capture(payments, payment["id"])


async def test_a_refund_is_sent_once_and_booked_with_stripes_id(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    first = await refund(payments, payment["id"], 5_000, "a")
    assert first.startswith("re_")
    assert await refund(payments, payment["id"], 5_000, "a") == first
    assert await refund(payments, payment["id"], 7_000, "b") != first
    with pytest.raises(KeyConflictError, match="a is known with amount 5000, not 1"):
        await refund(payments, payment["id"], 1, "a")
    with pytest.raises(RefundRefusedError, match="1 minor units wanted, 0 left"):
        await refund(payments, payment["id"], 1, "c")
    await check_agree(store, stripe, payment, 5_000, 7_000)
    [made] = [made for made in await stripe.refunds(payment) if made["id"] == first]
    assert made["metadata"] == {"refund_key": "a", "order_id": ORDER}


async def test_a_refund_of_the_longest_ids_is_made_once(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    key = refund_key("/" * 200, payment["id"])
    stripe.faults = [faults.lose_answer]
    with pytest.raises(ApplicationError):
        await refund(payments, payment["id"], key=key)
    stripe.forget_keys()
    await until_made(payments, payment["id"], key=key)
    await check_agree(store, stripe, payment, 12_000)


@pytest.mark.parametrize(
    "fault", [faults.lose_answer, faults.fail_before, faults.fail_after], ids=lambda fault: fault.__name__
)
@pytest.mark.parametrize("forgets", [False, True], ids=["remembers", "forgets"])
async def test_after_a_fault_the_money_goes_back_once(
    store: Store, stripe: StripeProxy, payments: StripePayments, *, fault: faults.Fault, forgets: bool
) -> None:
    payment = await paid(stripe, payments)
    stripe.faults = [fault]
    with pytest.raises(ApplicationError) as failed:
        await refund(payments, payment["id"])
    assert not failed.value.non_retryable
    if forgets:
        stripe.forget_keys()
    await until_made(payments, payment["id"])
    await check_agree(store, stripe, payment, 12_000)


async def test_a_refund_that_failed_afterwards_is_sent_again(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    stripe.faults = [faults.lose_answer]
    with pytest.raises(ApplicationError):
        await refund(payments, payment["id"])
    [lost] = await stripe.refunds(payment)
    await stripe.post(f"/v1/refunds/{lost['id']}", status="failed")
    sent = await until_made(payments, payment["id"])
    assert sent != lost["id"]
    assert await booked(store, payment) == [(sent, 12_000)]
    assert {made["id"]: made["status"] for made in await stripe.refunds(payment)} == {
        lost["id"]: "failed",
        sent: "succeeded",
    }


async def test_many_kept_failures_in_a_row(store: Store, stripe: StripeProxy, payments: StripePayments) -> None:
    payment = await paid(stripe, payments)
    stripe.faults = [faults.fail_before] * 4
    await until_made(payments, payment["id"])
    await check_agree(store, stripe, payment, 12_000)
    assert len(stripe.keys) == 5


async def test_a_slow_stripe_is_not_asked_for_a_second_refund(
    store: Store, stripe: StripeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_calls, "STRIPE_SECONDS", 1)
    async with open_stripe_payments(store, API_KEY, stripe.base_url) as payments:
        for fault, what in ((faults.slow, "did not answer"), (faults.stuck, "did not answer")):
            payment = await paid(stripe, payments)
            gate = asyncio.Event()
            stripe.faults = [fault(gate)]
            with pytest.raises(ApplicationError, match=what):
                await refund(payments, payment["id"], 12_000)
            if fault is faults.stuck:
                with pytest.raises(ApplicationError, match="HTTP 409, Another request with this key"):
                    await refund(payments, payment["id"], 12_000)
            gate.set()
            await until_made(payments, payment["id"])
            await check_agree(store, stripe, payment, 12_000)


async def test_a_refund_that_arrives_twice(store: Store, stripe: StripeProxy, payments: StripePayments) -> None:
    payment = await paid(stripe, payments)
    stripe.twice = True
    await refund(payments, payment["id"], 5_000)
    await check_agree(store, stripe, payment, 5_000)


async def test_many_at_once_never_exceed_the_capture(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    attempts = [until_made(payments, payment["id"], 5_000, key) for key in ("a", "b", "c") for _ in range(4)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert all(isinstance(result, str | RefundRefusedError) for result in results), results
    assert len({result for result in results if isinstance(result, str)}) == 2
    await check_agree(store, stripe, payment, 5_000, 5_000)


async def test_too_many_calls(stripe: StripeProxy, payments: StripePayments) -> None:
    payment = await stripe.pay(12_000)
    stripe.refusals = [faults.rate_limited(7), faults.unavailable()]
    with pytest.raises(ApplicationError, match="HTTP 429, Too many requests") as limited:
        await capture(payments, payment["id"])
    assert (limited.value.non_retryable, limited.value.next_retry_delay) == (False, timedelta(seconds=7))
    with pytest.raises(ApplicationError, match="HTTP 503, We are down") as down:
        await capture(payments, payment["id"])
    assert (down.value.non_retryable, down.value.next_retry_delay) == (False, None)
    await capture(payments, payment["id"])


async def test_nothing_answers(store: Store, unused_tcp_port: int) -> None:
    async with open_stripe_payments(store, API_KEY, f"http://127.0.0.1:{unused_tcp_port}") as payments:
        with pytest.raises(ApplicationError, match="Stripe did not answer the look-up of pi_1: ") as failed:
            await capture(payments, "pi_1")
    assert not failed.value.non_retryable
    assert "\n" not in failed.value.message


async def test_a_wrong_key_refuses_no_payment(store: Store, stripe: StripeProxy) -> None:
    payment = await stripe.pay(12_000)
    async with open_stripe_payments(store, "wrong", stripe.base_url) as payments:
        with pytest.raises(ApplicationError, match=r"Stripe refused the look-up of .*: Unauthorized") as refused:
            await capture(payments, payment["id"])
    assert refused.value.non_retryable


async def test_what_stripe_refuses_is_free_for_another_way(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    await stripe.post("/v1/refunds", payment_intent=payment["id"], amount="12000")
    with pytest.raises(ApplicationError, match=r"Stripe refused the refund .* has already been refunded") as refused:
        await refund(payments, payment["id"])
    assert refused.value.non_retryable
    assert await by_hand(payments, payment["id"], 12_000, "other", "in the dashboard") == "in the dashboard"
    assert await booked(store, payment) == [("in the dashboard", 12_000)]


async def test_by_hand_only_what_stripe_did_not_send(
    store: Store, stripe: StripeProxy, payments: StripePayments
) -> None:
    payment = await paid(stripe, payments)
    stripe.faults = [faults.lose_answer]
    with pytest.raises(ApplicationError):
        await refund(payments, payment["id"], 5_000, "a")
    reference = await by_hand(payments, payment["id"], 5_000, "a", "bank transfer")
    assert reference.startswith("re_")
    stripe.refusals = [faults.unavailable()]
    assert await by_hand(payments, payment["id"], 7_000, "b", "bank transfer") == "bank transfer"
    assert await refund(payments, payment["id"], 7_000, "b") == "bank transfer"
    assert sorted(await booked(store, payment)) == [("bank transfer", 7_000), (reference, 5_000)]
    assert [made["amount"] for made in await stripe.refunds(payment)] == [5_000]


async def test_money_of_the_built_in_ledger_does_not_go_back_through_stripe(
    store: Store, payments: StripePayments
) -> None:
    await SqlPayments(store).record_capture(Capture("pay-1", ORDER, 12_000, "USD"))
    with pytest.raises(ApplicationError, match=r"Stripe refused the look-up of refunds of cap_") as refused:
        await refund(payments, "pay-1")
    assert refused.value.non_retryable
    assert await by_hand(payments, "pay-1", 12_000, "k", "bank transfer") == "bank transfer"


async def test_refunds_are_found_on_later_pages(
    store: Store, stripe: StripeProxy, payments: StripePayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_calls, "PAGE", 2)
    payment = await paid(stripe, payments)
    for number in range(5):
        stripe.faults = [faults.lose_answer]
        with pytest.raises(ApplicationError):
            await refund(payments, payment["id"], 100, f"k{number}")
    stripe.forget_keys()
    for number in range(5):
        await until_made(payments, payment["id"], 100, f"k{number}")
    await check_agree(store, stripe, payment, *([100] * 5))


FAULTS = st.sampled_from([faults.lose_answer, faults.fail_before, faults.fail_after])
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 6), st.lists(FAULTS, max_size=2), st.booleans()), max_size=8
)


@examples(5, far=200, shrinks=False)
@given(steps=STEPS)
async def test_whatever_goes_wrong_stripe_and_the_ledger_agree_and_never_exceed_the_capture(
    store: Store,
    stripe: StripeProxy,
    payments: StripePayments,
    steps: list[tuple[int, int, list[faults.Fault], bool]],
) -> None:
    payment = await paid(stripe, payments, 1_000)
    prefix = fresh("key")
    sent: dict[int, int] = {}
    for number, hundreds, going_wrong, forgets in steps:
        stripe.faults = list(going_wrong)
        if forgets:
            stripe.forget_keys()
        try:
            await until_made(payments, payment["id"], hundreds * 100, f"{prefix}-{number}")
        except KeyConflictError:
            assert sent[number] != hundreds * 100
        except RefundRefusedError:
            assert number not in sent
            assert sum(sent.values()) + hundreds * 100 > 1_000
        else:
            assert sent.setdefault(number, hundreds * 100) == hundreds * 100
    stripe.faults = []
    await check_agree(store, stripe, payment, *sent.values())
    assert sum(sent.values()) <= 1_000
