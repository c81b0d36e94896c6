"""Payments that come twice, wrong, early, late or to the wrong order: no money is ever lost."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import HOUR, TOTAL, Shop, line, moves, open_shop, payment, stocked, texts
from workflows.orders.models import OrderStatus, PaymentStatus
from workflows.orders.ports import CaptureRefusedError
from workflows.orders.views.models import OrderView
from workflows.shared import summary
from workflows.shared.money import format_money


def came_and_went(view: OrderView, payment_id: str) -> bool:
    return [kind for kind, _ in moves(view, payment_id)] == ["capture", "refund"]


async def test_the_same_confirmation_again_changes_nothing(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    once = payment("pay-once")
    await shop.pay(request, once)
    outcome = await shop.pay(request, once)
    assert outcome.refusal is None
    assert outcome.snapshot.view.refusals == []
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert moves(view) == [("capture", TOTAL)]


async def test_a_known_payment_with_another_amount_is_refused_and_captures_nothing(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    await shop.pay(request, payment("pay-contradicted"))
    outcome = await shop.pay(request, payment("pay-contradicted", amount=1))
    assert outcome.refusal is not None
    assert outcome.snapshot.view.refusals[-1].payment_id == "pay-contradicted"
    assert outcome.refusal == (
        "payment pay-contradicted was confirmed with $120.00 before, now with $0.01; the first counts"
    )
    await shop.cancel(request)
    assert moves(await shop.ended(request), "pay-contradicted") == [("capture", TOTAL), ("refund", TOTAL)]


@pytest.mark.parametrize(
    ("amount", "currency", "money", "attention"),
    [
        (TOTAL - 1, "USD", "$119.99", "amount_mismatch"),
        (TOTAL + 1, "USD", "$120.01", "amount_mismatch"),
        (TOTAL, "EUR", "€120.00", "currency_mismatch"),
    ],
)
async def test_a_wrong_amount_goes_back_and_the_order_goes_on_waiting(
    client: Client, amount: int, currency: str, money: str, attention: str
) -> None:
    async with open_shop(client, stocked(payment_too_little="refund", payment_too_much="refund")) as shop:
        request = await shop.start()
        wrong = payment(amount=amount, currency=currency)
        outcome = await shop.pay(request, wrong)
        assert outcome.refusal == (f"the order costs $120.00, not {money}; {money} goes back to {wrong.payment_id}")
        assert outcome.snapshot.view.status == OrderStatus.AWAITING_PAYMENT

        waiting = await shop.until(request, lambda view: came_and_went(view, wrong.payment_id))
        assert waiting.attention == attention
        assert waiting.payment_status == PaymentStatus.UNPAID
        row = (await shop.handle(request).describe()).typed_search_attributes
        assert row[summary.ATTENTION] == attention

        right = await shop.pay(request)
        assert right.snapshot.view.attention is None
        assert right.snapshot.view.payment_status == PaymentStatus.PAID
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED
        assert len(shop.world.payments.refunds) == 1


async def test_a_second_payment_goes_back(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    await shop.pay(request, payment("pay-first"))
    outcome = await shop.pay(request, payment("pay-second"))
    assert outcome.refusal == ("the order is paid already, with pay-first; $120.00 goes back to pay-second")
    view = await shop.until(request, lambda view: came_and_went(view, "pay-second"))
    assert view.status == OrderStatus.FULFILLING
    assert view.payment_status == PaymentStatus.PAID
    assert shop.world.payments.kept(request.order_id) == TOTAL


async def test_a_payment_before_the_stock_is_reserved_counts(shop: Shop) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin()
    early = await shop.pay(request)
    assert (early.refusal, early.snapshot.view.status, early.snapshot.view.payment_status) == (
        None,
        OrderStatus.CREATED,
        PaymentStatus.PAID,
    )
    shop.world.faults.up("reserve")
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert f"{request.order_id}/please-pay" not in shop.world.mailer.sent


@pytest.mark.parametrize("amount", [TOTAL, 1])
async def test_a_payment_for_an_order_that_is_rejected_goes_back(shop: Shop, amount: int) -> None:
    shop.world.faults.down("reserve")
    request = await shop.begin(lines=[line("SKU-SHELF", 1, TOTAL)], when_short="reject")
    early = (await shop.pay(request, payment("pay-early", amount=amount))).snapshot.view
    assert (early.status, bool(early.parked)) == (OrderStatus.CREATED, amount != TOTAL)
    shop.world.faults.up("reserve")
    view = await shop.ended(request)
    assert (view.status, view.payment_status) == (OrderStatus.REJECTED, PaymentStatus.REFUNDED)
    assert came_and_went(view, "pay-early")
    assert f"You get back {format_money(amount, 'USD')}." in shop.world.mailer.sent[f"{request.order_id}/rejected"][2]


async def test_a_payment_while_the_order_is_being_cancelled_goes_back_before_it_ends(shop: Shop) -> None:
    shop.world.faults.down("release")
    request = await shop.start()
    await shop.cancel(request)
    late = payment("pay-late")
    outcome = await shop.pay(request, late)
    assert outcome.refusal == "the order is being cancelled; $120.00 goes back to pay-late"
    shop.world.faults.up("release")
    view = await shop.ended(request)
    assert came_and_went(view, "pay-late")
    assert (view.status, view.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)


async def test_one_payment_pays_one_order_and_is_not_sent_back_by_another(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start(fulfilment_seconds_per_step=HOUR)
    shared, conflict = payment(), f"for order {first.order_id}"
    await shop.pay(first, shared)
    await shop.ended(first)
    await shop.pay(second, shared)
    waiting = await shop.until(second, lambda view: bool(view.refusals))
    assert (waiting.status, waiting.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    assert waiting.due_at is not None
    await shop.pay(second)
    await shop.pay(second, shared)
    await shop.until(second, lambda view: sum(conflict in refused.reason for refused in view.refusals) == 2)
    await shop.cancel(second)
    ended = await shop.ended(second)
    assert (ended.status, ended.payment_status) == (OrderStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert texts(ended).count("e-mail: please pay") == 1
    assert shop.world.faults.calls["refund"] == 1, "that of the second order's own payment"
    assert shop.world.payments.kept(first.order_id) == TOTAL


async def test_a_payment_that_was_confirmed_before_it_was_captured_counts_when_it_comes_again(shop: Shop) -> None:
    request = await shop.start()
    early = payment()
    shop.world.faults.down("record_capture", error=CaptureRefusedError(early.payment_id, "it is processing"))
    await shop.pay(request, early)
    waiting = await shop.until(request, lambda view: bool(view.refusals))
    assert (waiting.status, waiting.payment_status) == (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID)
    shop.world.faults.up("record_capture")
    await shop.pay(request, early)
    assert (await shop.until_status(request, OrderStatus.DELIVERED)).payment_status == PaymentStatus.PAID
    assert shop.world.payments.kept(request.order_id) == TOTAL


@pytest.mark.skips_time
async def test_a_ledger_that_is_down_holds_the_order_and_says_so(shop: Shop) -> None:
    request = await shop.start()
    shop.world.faults.down("record_capture")
    await shop.pay(request)
    await shop.pass_time(timedelta(minutes=2))
    view = await shop.orders.get_order(request.order_id)
    assert (view.status, view.attention) == (OrderStatus.PAID, "ledger_unavailable")
    shop.world.faults.up("record_capture")
    await shop.pass_time(timedelta(minutes=5))
    view = await shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)
    assert shop.world.payments.kept(request.order_id) == TOTAL
