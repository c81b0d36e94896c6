"""Too little, too much, another currency, one payment too many: parked, accepted or refunded, as the policy says."""

from datetime import timedelta
from typing import Literal

import pytest
from temporalio.client import Client

from tests.support.orders import TOTAL, Shop, open_shop, order, payment, stocked
from workflows.orders.models import DecidePayment, OrderRequest, OrderStatus, PaymentStatus, ShipmentStatus
from workflows.orders.views.models import OrderView
from workflows.shared.errors import RefusedError

AN_HOUR = 3600


async def decide(
    shop: Shop, request: OrderRequest, payment_id: str, decision: Literal["accept", "refund"]
) -> OrderView:
    return await shop.orders.decide_payment(
        request.order_id, DecidePayment(payment_id=payment_id, decision=decision, by="dora", reason="a regular")
    )


def moved(view: OrderView, payment_id: str) -> list[tuple[str, int]]:
    return [(entry.kind, entry.amount) for entry in view.ledger if entry.payment_id == payment_id]


def effect_of(action: str, view: OrderView) -> str:
    return next(found.effect or "" for found in view.actions if found.name == action)


async def test_too_little_is_parked_until_somebody_decides(shop: Shop) -> None:
    request = await shop.start()
    before = (await shop.orders.get_order(request.order_id)).due_at
    outcome = await shop.pay(request, payment("pay-short", amount=TOTAL - 1))
    assert outcome.refusal == ("the order costs $120.00, not $119.99; $119.99 is kept aside until somebody decides")
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "amount_mismatch")
    assert view.reason == "payment pay-short: the order costs $120.00, not $119.99"
    assert view.due_at == before
    assert view.due_at is not None
    assert view.payment_status == PaymentStatus.UNPAID
    assert [(parked.payment_id, parked.amount) for parked in view.parked] == [("pay-short", TOTAL - 1)]
    assert moved(view, "pay-short") == [("capture", TOTAL - 1)]
    assert effect_of("decide_payment", view) == "accepts $119.99 from pay-short and waives $0.01, or refunds $119.99"
    assert "refunds $119.99 to pay-short" in effect_of("cancel_order", view)


async def test_too_little_that_is_accepted_waives_the_rest_and_says_so(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-waived", amount=TOTAL - 1))
    view = await decide(shop, request, "pay-waived", "accept")
    assert (view.status, view.attention, view.reason) == (OrderStatus.PAID, None, None)
    assert view.parked == []
    texts = [line.text for line in view.timeline]
    assert "$119.99 from pay-waived accepted by dora: a regular" in texts
    assert "paid with pay-waived; $0.01 waived" in texts
    ended = await shop.ended(request)
    assert (ended.status, ended.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PAID)
    assert shop.world.payments.kept(request.order_id) == TOTAL - 1
    assert "we have received $119.99" in shop.world.mailer.sent[f"{request.order_id}/paid"][2]


async def test_too_little_that_is_refused_goes_back_and_the_order_waits_on(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-refused", amount=1))
    view = await decide(shop, request, "pay-refused", "refund")
    assert (view.status, view.attention, view.reason) == (OrderStatus.AWAITING_PAYMENT, None, None)
    assert view.due_at is not None
    await shop.pay(request)
    ended = await shop.ended(request)
    assert ended.status == OrderStatus.DELIVERED
    assert moved(ended, "pay-refused") == [("capture", 1), ("refund", 1)]
    to, _, body = shop.world.mailer.sent["payment/pay-refused/returned"]
    assert (to, "refused by dora: a regular" in body) == ("ada@example.com", True)


async def test_two_parked_payments_are_decided_one_by_one(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-a", amount=1))
    await shop.pay(request, payment("pay-b", amount=2))
    view = await decide(shop, request, "pay-a", "refund")
    assert (view.status, view.attention) == (OrderStatus.NEEDS_ACTION, "amount_mismatch")
    view = await decide(shop, request, "pay-b", "refund")
    assert (view.status, view.attention) == (OrderStatus.AWAITING_PAYMENT, None)
    await shop.cancel(request)
    assert (await shop.ended(request)).payment_status == PaymentStatus.REFUNDED
    assert shop.world.payments.kept(request.order_id) == 0


async def test_a_parked_payment_goes_back_when_the_exact_one_comes(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-first-try", amount=1))
    outcome = await shop.pay(request, payment("pay-exact"))
    assert (outcome.snapshot.view.payment_status, outcome.snapshot.view.attention) == (PaymentStatus.PAID, None)
    ended = await shop.ended(request)
    assert moved(ended, "pay-first-try") == [("capture", 1), ("refund", 1)]
    assert shop.world.payments.kept(request.order_id) == TOTAL
    assert "the order is paid with pay-exact" in shop.world.mailer.sent["payment/pay-first-try/returned"][2]


async def test_a_parked_payment_goes_back_when_the_order_is_cancelled(shop: Shop) -> None:
    request = await shop.start()
    await shop.pay(request, payment("pay-parked", amount=1))
    await shop.cancel(request)
    ended = await shop.ended(request)
    assert (ended.status, ended.attention) == (OrderStatus.CANCELLED, None)
    assert ended.payment_status == PaymentStatus.REFUNDED
    assert ended.parked == []
    assert moved(ended, "pay-parked") == [("capture", 1), ("refund", 1)]
    assert "You get back $0.01." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]
    assert "payment/pay-parked/returned" not in shop.world.mailer.sent, "the customer is told twice"


async def test_the_window_goes_on_while_a_payment_is_parked(patient_shop: Shop) -> None:
    request = await patient_shop.start(payment_window_seconds=AN_HOUR)
    await patient_shop.pay(request, payment("pay-in-vain", amount=1))
    await patient_shop.pass_time(timedelta(seconds=AN_HOUR))
    ended = await patient_shop.ended(request)
    assert (ended.status, ended.payment_status) == (OrderStatus.EXPIRED, PaymentStatus.REFUNDED)
    assert patient_shop.world.payments.kept(request.order_id) == 0


async def test_a_payment_parked_before_the_stock_is_decided_goes_back_with_a_rejection(client: Client) -> None:
    async with open_shop(client, stocked(when_short="reject")) as shop:
        shop.world.faults.down("reserve")
        request = order(lines=[{"sku": "SKU-SHELF", "name": "Shelf", "quantity": 1, "unit_price": TOTAL}])
        await shop.orders.start(request)
        early = await shop.pay(request, payment("pay-early", amount=1))
        assert (early.snapshot.view.status, early.snapshot.view.attention) == (OrderStatus.CREATED, "amount_mismatch")
        shop.world.faults.up("reserve")
        ended = await shop.ended(request)
        assert ended.status == OrderStatus.REJECTED
        assert moved(ended, "pay-early") == [("capture", 1), ("refund", 1)]
        assert shop.world.payments.kept(request.order_id) == 0


async def test_an_order_that_has_its_stock_needs_the_decision_about_an_early_payment(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = order()
    await shop.orders.start(request)
    await shop.pay(request, payment("pay-early-and-short", amount=1))
    shop.world.faults.up("reserve")
    view = await shop.until_status(request, OrderStatus.NEEDS_ACTION)
    assert view.due_at is not None
    await decide(shop, request, "pay-early-and-short", "accept")
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_too_much_is_accepted_and_the_excess_goes_back(shop: Shop) -> None:
    request = await shop.start()
    outcome = await shop.pay(request, payment("pay-generous", amount=TOTAL + 1_000))
    assert outcome.refusal is None
    assert "paid with pay-generous; $10.00 too much goes back" in [line.text for line in outcome.snapshot.view.timeline]
    ended = await shop.ended(request)
    assert (ended.status, ended.payment_status) == (OrderStatus.DELIVERED, PaymentStatus.PARTLY_REFUNDED)
    assert moved(ended, "pay-generous") == [("capture", TOTAL + 1_000), ("refund", 1_000)]
    assert set(shop.world.payments.refunds) == {f"{request.order_id}/refund/pay-generous/excess"}
    mail = shop.world.mailer.sent[f"{request.order_id}/paid"][2]
    assert "we have received $130.00 ($10.00 of it goes back to you)" in mail


async def test_the_rest_goes_back_when_the_order_is_cancelled_after_the_excess(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-generous-in-vain", amount=TOTAL + 1_000))
    view = await shop.until(request, lambda view: view.payment_status == PaymentStatus.PARTLY_REFUNDED)
    assert "refunds $120.00 to pay-generous-in-vain" in effect_of("cancel_order", view)
    await shop.cancel(request)
    ended = await shop.ended(request)
    assert ended.payment_status == PaymentStatus.REFUNDED
    assert set(shop.world.payments.refunds) == {
        f"{request.order_id}/refund/pay-generous-in-vain/excess",
        f"{request.order_id}/refund/pay-generous-in-vain/rest",
    }
    assert shop.world.payments.kept(request.order_id) == 0
    assert "You get back $120.00." in shop.world.mailer.sent[f"{request.order_id}/cancelled"][2]


async def test_an_excess_whose_refund_hangs_goes_back_once_though_the_order_is_cancelled(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    shop.world.faults.lose_answers("refund", 3)
    await shop.pay(request, payment("pay-hanging", amount=TOTAL + 1_000))
    await shop.cancel(request)
    ended = await shop.ended(request)
    assert sorted(moved(ended, "pay-hanging")) == [("capture", TOTAL + 1_000), ("refund", 1_000), ("refund", TOTAL)]
    assert shop.world.payments.kept(request.order_id) == 0


@pytest.mark.parametrize(
    ("decision", "status", "kept"),
    [("accept", PaymentStatus.PARTLY_REFUNDED, TOTAL), ("refund", PaymentStatus.REFUNDED, 0)],
)
async def test_too_much_may_be_parked(
    client: Client, decision: Literal["accept", "refund"], status: PaymentStatus, kept: int
) -> None:
    async with open_shop(client, stocked(payment_too_much="park")) as shop:
        request = await shop.start()
        outcome = await shop.pay(request, payment("pay-over", amount=TOTAL + 1))
        assert (
            effect_of("decide_payment", outcome.snapshot.view)
            == "accepts pay-over and refunds $0.01 of it, or refunds $120.01"
        )
        await decide(shop, request, "pay-over", decision)
        if decision == "refund":
            await shop.cancel(request)
        ended = await shop.ended(request)
        assert ended.payment_status == status
        assert shop.world.payments.kept(request.order_id) == kept


async def test_another_currency_is_never_converted(client: Client) -> None:
    async with open_shop(client, stocked(payment_other_currency="park")) as shop:
        request = await shop.start()
        view = (await shop.pay(request, payment("pay-euro", currency="EUR"))).snapshot.view
        assert (view.status, view.attention) == (
            OrderStatus.NEEDS_ACTION,
            "currency_mismatch",
        )
        with pytest.raises(RefusedError) as refused:
            await decide(shop, request, "pay-euro", "accept")
        assert refused.value.kind == "NotNow"
        assert str(refused.value) == (
            "the order is in USD, and money is never converted; payment pay-euro can only be refunded"
        )
        await decide(shop, request, "pay-euro", "refund")
        await shop.pay(request)
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED
        assert len(shop.world.payments.refunds) == 1


async def test_a_second_payment_is_parked_while_the_order_goes_on(client: Client) -> None:
    async with open_shop(client, stocked(payment_second="park")) as shop:
        request = await shop.paid(payment("pay-one"))
        outcome = await shop.pay(request, payment("pay-two"))
        assert (outcome.snapshot.view.status, outcome.snapshot.view.attention) == (
            OrderStatus.FULFILLING,
            "second_payment",
        )
        assert outcome.snapshot.view.payment_status == PaymentStatus.PAID
        with pytest.raises(RefusedError, match="the order is paid already, with pay-one; payment pay-two can only be"):
            await decide(shop, request, "pay-two", "accept")
        view = await decide(shop, request, "pay-two", "refund")
        assert (view.status, view.attention) == (OrderStatus.FULFILLING, None)
        view = await shop.until(request, lambda view: len(moved(view, "pay-two")) == 2)
        assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_a_second_payment_that_nobody_decides_goes_back_when_the_order_is_delivered(client: Client) -> None:
    async with open_shop(client, stocked(payment_second="park")) as shop:
        request = await shop.paid(payment("pay-a-first"))
        await shop.pay(request, payment("pay-a-second"))
        await shop.report(request, ShipmentStatus.SHIPPED)
        shipped = await shop.until_status(request, OrderStatus.SHIPPED)
        assert (shipped.attention, len(shipped.parked)) == ("second_payment", 1)
        await shop.report(request, ShipmentStatus.DELIVERED)
        ended = await shop.ended(request)
        assert (ended.status, ended.attention, ended.parked) == (OrderStatus.DELIVERED, None, [])
        assert moved(ended, "pay-a-second") == [("capture", TOTAL), ("refund", TOTAL)]
        assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_what_is_not_parked_cannot_be_decided(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    with pytest.raises(RefusedError, match="no payment pay-nobody has come for the order"):
        await decide(shop, request, "pay-nobody", "refund")
    await shop.pay(request, payment("pay-fine"))
    with pytest.raises(RefusedError, match="payment pay-fine is not parked, it is applied") as refused:
        await decide(shop, request, "pay-fine", "refund")
    assert refused.value.kind == "NotNow"
    view = await shop.orders.get_order(request.order_id)
    assert view.payment_status == PaymentStatus.PAID


async def test_a_payment_that_is_parked_here_and_captured_for_another_order_is_parked_no_more(shop: Shop) -> None:
    first = await shop.start()
    second = await shop.start()
    shared = payment(amount=1)
    await shop.pay(first, shared)
    await shop.until(first, lambda view: bool(view.ledger))
    await shop.pay(second, shared)
    view = await shop.until(second, lambda view: len(view.refusals) == 2)
    assert (view.status, view.attention, view.parked) == (OrderStatus.AWAITING_PAYMENT, None, [])
    assert shop.world.payments.kept(second.order_id) == 0


async def test_a_replay_of_every_task_decides_the_same(client: Client) -> None:
    async with open_shop(client, stocked(payment_second="park"), cached=0) as shop:
        request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
        await shop.pay(request, payment("pay-replayed-short", amount=1))
        await shop.pay(request, payment("pay-replayed-euro", currency="EUR"))
        await decide(shop, request, "pay-replayed-short", "refund")
        await shop.pay(request, payment("pay-replayed-much", amount=TOTAL + 1))
        await shop.pay(request, payment("pay-replayed-second"))
        await shop.cancel(request)
        ended = await shop.ended(request)
        assert (ended.status, ended.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
        assert shop.world.payments.kept(request.order_id) == 0
        assert len(shop.world.payments.captures) == 4
