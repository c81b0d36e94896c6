"""Payments at the front door that nobody wants: each goes back once, and the customer hears of it."""

import pytest
from temporalio.client import WorkflowFailureError

from tests.support.eventually import eventually
from tests.support.orders import TOTAL, Shop, payment
from tests.support.payments import as_signal, at_the_door, money_for, moves, returned_mails, sent_back
from tests.support.temporal import fresh
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentStage

AN_HOUR = 3600


async def test_a_second_payment_goes_back_and_the_customer_hears_of_it_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-the-first"))
    money = money_for(request.order_id)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert result.refund_reference == shop.world.payments.reference(f"{request.order_id}/refund/{money.payment_id}")
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    await eventually(lambda: returned_mails(shop))
    assert returned_mails(shop) == [f"payment/{money.payment_id}/returned"]
    view = await at_the_door(shop).get_payment(money.payment_id)
    assert (view.stage, view.reason) == (PaymentStage.REFUNDED, "the order is paid already, with pay-the-first")


async def test_a_payment_for_a_closed_order_goes_back_and_the_customer_is_told(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    money = money_for(request.order_id, customer_email="someone.else@example.com")
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    to, subject, body = shop.world.mailer.sent[f"payment/{money.payment_id}/returned"]
    assert to == "ada@example.com", "the order knows its customer better than the gateway"
    assert subject == f"Order {request.order_id}: $120.00 goes back to you"
    assert f"order {request.order_id} is cancelled" in body


async def test_a_payment_that_a_closed_order_has_sent_back_already_is_not_sent_back_again(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)
    await shop.pay(request, as_signal(money))
    await shop.cancel(request)
    await shop.ended(request)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert result.refund_reference == shop.world.payments.reference(f"{request.order_id}/refund/{money.payment_id}")
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert returned_mails(shop) == [], "the e-mail about the cancellation has told it"


@pytest.mark.parametrize(("email", "told"), [("eve@example.com", True), (None, False)])
async def test_a_payment_for_an_order_that_never_existed_goes_back(
    shop: Shop, email: str | None, *, told: bool
) -> None:
    money = money_for(fresh("ORD"), customer_email=email)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert bool(returned_mails(shop)) == told
    view = await at_the_door(shop).get_payment(money.payment_id)
    assert view.reason == f"there is no order {money.order_id}"
    assert ("nobody to tell" in view.timeline[-1].text) != told


async def test_a_payment_for_an_order_that_could_not_be_read_goes_back(shop: Shop) -> None:
    order_id = fresh("ORD")
    bad = await shop.client.start_workflow(
        WORKFLOW_TYPE, {"order_id": order_id}, id=workflow_id(order_id), task_queue=shop.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await bad.result()
    money = money_for(order_id)
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])


async def test_a_payment_for_an_order_that_was_terminated_goes_back(shop: Shop) -> None:
    request = await shop.start()
    await shop.handle(request).terminate("an accident")
    money = money_for(request.order_id)
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    body = shop.world.mailer.sent[f"payment/{money.payment_id}/returned"][2]
    assert f"order {request.order_id} is not worked on any more" in body


async def test_what_a_terminated_order_had_sent_back_is_not_sent_back_again(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id, amount=TOTAL + 1)
    await shop.pay(request, as_signal(money))
    await shop.until(request, lambda view: len(view.ledger) == 2)
    await shop.handle(request).terminate("an accident")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL + 1, [1, TOTAL])


async def test_a_refund_that_was_under_way_as_its_order_was_terminated_is_not_sent_twice(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id, amount=TOTAL + 1)
    shop.world.faults.lose_answers("refund", 5)
    await shop.pay(request, as_signal(money))
    await eventually(lambda: sent_back(shop, money.payment_id) == [1])
    assert len((await shop.orders.get_order(request.order_id)).ledger) == 1, "the order does not know it yet"
    await shop.handle(request).terminate("an accident")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL + 1, [1, TOTAL])


@pytest.mark.parametrize("lost", ["record_capture", "refund", "send"])
async def test_lost_answers_move_nothing_twice(shop: Shop, lost: str) -> None:
    shop.world.faults.lose_answers(lost, 2)
    money = money_for(fresh("ORD"), customer_email="eve@example.com")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert len(returned_mails(shop)) == 1
