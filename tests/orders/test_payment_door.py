"""Payments that come through their front door: each ends with an owner, and moves the ledger once."""

import asyncio
from contextlib import suppress

import pytest
from temporalio.client import Client

from tests.support.eventually import TIMEOUT
from tests.support.orders import TOTAL, Shop, open_shop
from tests.support.payments import as_signal, at_the_door, money_for, moves, returned_mails
from tests.support.temporal import fresh
from workers.store.ledger import Capture, Ledger
from workflows.orders.client import payment_workflow_id
from workflows.orders.models import CaptureStatus, OrderStatus, PaymentView
from workflows.orders.payment_intake.models import (
    PaymentOutcome,
    PaymentResult,
    TakePayment,
)
from workflows.orders.ports import CaptureRefusedError
from workflows.shared import summary
from workflows.shared.errors import ClosedError, NotFoundError, RefusedError

AN_HOUR = 3600


async def test_a_payment_pays_its_order(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id)
    result = await at_the_door(shop).pay(money)
    assert result == PaymentResult(
        payment_id=money.payment_id, order_id=request.order_id, outcome=PaymentOutcome.APPLIED
    )
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert moves(shop, money.payment_id) == (TOTAL, [])
    row = await shop.client.get_workflow_handle(payment_workflow_id(money.payment_id)).describe()
    assert row.typed_search_attributes[summary.STAGE] == "APPLIED"
    assert row.typed_search_attributes[summary.OWNER] == request.order_id


async def test_the_same_payment_again_gets_the_same_answer(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)
    answers = await asyncio.gather(*(at_the_door(shop).pay(money) for _ in range(5)))
    await shop.cancel(request)
    await shop.ended(request)
    answers.append(await at_the_door(shop).pay(money))
    assert {answer.outcome for answer in answers} == {PaymentOutcome.APPLIED}
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert returned_mails(shop) == []


@pytest.mark.parametrize("door_first", [True, False])
async def test_both_doors_one_after_the_other_move_the_ledger_once(shop: Shop, *, door_first: bool) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)
    if door_first:
        await at_the_door(shop).pay(money)
    outcome = await shop.pay(request, as_signal(money))
    assert outcome.refusal is None
    if not door_first:
        assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert [(entry.kind, entry.amount) for entry in view.ledger] == [("capture", TOTAL)]
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_both_doors_at_once_and_a_closing_order_give_the_money_back_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)

    async def signal() -> None:
        with suppress(ClosedError):  # the order may have ended before the signal comes
            await shop.pay(request, as_signal(money))

    result, *_ = await asyncio.gather(at_the_door(shop).pay(money), signal(), shop.cancel(request))
    ended = await shop.ended(request)
    assert ended.status == OrderStatus.CANCELLED
    assert result.outcome in PaymentOutcome
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert shop.world.payments.kept(request.order_id) == 0


async def test_a_payment_that_a_delivered_order_was_paid_with_is_applied(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id)
    await shop.pay(request, as_signal(money))
    await shop.ended(request)
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_a_payment_of_another_order_fails_and_moves_nothing(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start()
    money = money_for(first.order_id)
    await at_the_door(shop).pay(money)
    with pytest.raises(RefusedError) as refused:
        await at_the_door(shop).pay(money.model_copy(update={"order_id": second.order_id}))
    assert str(refused.value) == (
        f"payment {money.payment_id} is known as $120.00 for order {first.order_id},"
        f" and this is $120.00 for order {second.order_id}; nothing was moved"
    )
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_a_payment_that_the_ledger_has_with_another_amount_fails_and_may_be_corrected(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)
    await shop.pay(request, as_signal(money))
    await shop.until(request, lambda view: bool(view.ledger))
    with pytest.raises(RefusedError) as refused:
        await at_the_door(shop).pay(money.model_copy(update={"amount": 1}))
    assert refused.value.kind == "PaymentConflict"
    assert str(refused.value).endswith(
        f"payment {money.payment_id} is in the ledger already, as $120.00 for order {request.order_id};"
        f" what came now is $0.01 for order {request.order_id}; nothing was moved"
    )
    assert "\n" not in str(refused.value)
    assert moves(shop, money.payment_id) == (TOTAL, [])
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED


async def test_an_order_told_otherwise_believes_the_ledger(shop: Shop) -> None:
    """The signal says another amount than the front door, whose capture is in the ledger first."""
    request = await shop.start()
    money = money_for(request.order_id)
    shop.world.faults.down("record_capture")
    await shop.pay(request, as_signal(money.model_copy(update={"amount": 1})))
    await Ledger(shop.world.store).book_capture(Capture(money.payment_id, request.order_id, TOTAL, "USD"), "first")
    paying = asyncio.create_task(at_the_door(shop).pay(money))
    shop.world.faults.up("record_capture")
    assert (await paying).outcome == PaymentOutcome.APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_an_order_that_heard_of_a_payment_before_it_was_captured_takes_it_at_the_door(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id)
    shop.world.faults.down("record_capture", error=CaptureRefusedError(money.payment_id, "it is processing"))
    await shop.pay(request, as_signal(money))
    await shop.until(request, lambda view: bool(view.refusals))
    shop.world.faults.up("record_capture")
    async with asyncio.timeout(TIMEOUT):
        assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_a_replay_of_every_task_decides_the_same(client: Client) -> None:
    async with open_shop(client, cached=0) as shop:
        request = await shop.start()
        money = money_for(request.order_id)
        assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
        stray = money_for(fresh("ORD"), customer_email="eve@example.com")
        assert (await at_the_door(shop).pay(stray)).outcome == PaymentOutcome.REFUNDED
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_nobody_knows_a_payment_that_never_came(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="there is no payment pay-nowhere"):
        await at_the_door(shop).get_payment("pay-nowhere")


async def test_handing_over_again_is_answered_the_same(shop: Shop) -> None:
    """As when the answer got lost: with the ID of the update, and with another one."""
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    taken = TakePayment(payment_id=fresh("pay"), amount=TOTAL, currency="USD")
    first = await shop.orders.take_payment(request.order_id, taken)
    again = await shop.orders.take_payment(request.order_id, taken)
    anew = await shop.handle(request).execute_update("take_payment", taken, result_type=PaymentView)
    assert first == again == anew
    assert first.status == CaptureStatus.APPLIED
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert len(view.ledger) == 1
