"""Payments that come through their front door: each ends with an owner, and moves the ledger once."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError

from tests.support.orders import TOTAL, Shop, open_shop, payment, stocked
from tests.support.payments import at_the_door, money_for, moves, sent_back, until, until_stage
from tests.support.temporal import fresh
from workflows.orders.client import WORKFLOW_TYPE, payment_workflow_id, workflow_id
from workflows.orders.models import DecidePayment, OrderRequest, OrderStatus, PaymentConfirmation
from workflows.orders.payment_models import (
    PaymentDecided,
    PaymentOutcome,
    PaymentRequest,
    PaymentResult,
    PaymentStage,
    TakenOutcome,
    TakenPayment,
    TakePayment,
)
from workflows.shared import summary
from workflows.shared.errors import ClosedError, NotFoundError, RefusedError

AN_HOUR = 3600


def as_signal(request: PaymentRequest) -> PaymentConfirmation:
    return PaymentConfirmation.model_validate(request.model_dump(include=set(PaymentConfirmation.model_fields)))


def returned_mails(shop: Shop) -> list[str]:
    return [key for key in shop.world.mailer.sent if key.endswith("/returned")]


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


async def test_a_second_payment_goes_back_and_the_customer_hears_of_it_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment("pay-the-first"))
    money = money_for(request.order_id)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert result.refund_reference == f"ref_{request.order_id}/refund/{money.payment_id}"
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])

    async def told() -> bool:
        return bool(returned_mails(shop))

    await until(told)
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
    assert result.refund_reference == f"ref_{request.order_id}/refund/{money.payment_id}"
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert returned_mails(shop) == [], "the e-mail about the cancellation has told it"


async def test_a_payment_that_a_delivered_order_was_paid_with_is_applied(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id)
    await shop.pay(request, as_signal(money))
    await shop.ended(request)
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    assert moves(shop, money.payment_id) == (TOTAL, [])


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


async def test_a_payment_that_somebody_must_decide_about_waits(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id, amount=1)
    await at_the_door(shop).start(money)
    await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    # Somebody who says that it is decided although it is not is not believed.
    door = shop.client.get_workflow_handle(payment_workflow_id(money.payment_id))
    await door.signal("payment_decided", PaymentDecided(outcome=PaymentOutcome.APPLIED))
    assert (await at_the_door(shop).get_payment(money.payment_id)).stage == PaymentStage.PARKED
    await decide(shop, request, money.payment_id, "accept")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    assert moves(shop, money.payment_id) == (1, [])


@pytest.mark.parametrize("way_out", ["refund", "cancel", "another pays"])
async def test_a_parked_payment_that_is_not_wanted_goes_back(shop: Shop, way_out: str) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id, amount=1)
    await at_the_door(shop).start(money)
    await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    if way_out == "refund":
        await decide(shop, request, money.payment_id, "refund")
    elif way_out == "cancel":
        await shop.cancel(request)
    else:
        await shop.pay(request)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert result.refund_reference == f"ref_{request.order_id}/refund/{money.payment_id}"
    assert moves(shop, money.payment_id) == (1, [1])


async def test_a_parked_payment_of_a_terminated_order_goes_back_after_a_look(patient_shop: Shop) -> None:
    request = await patient_shop.start()
    money = money_for(request.order_id, amount=1)
    await at_the_door(patient_shop).start(money)
    await until_stage(patient_shop, money.payment_id, PaymentStage.PARKED)
    await patient_shop.handle(request).terminate("an accident")
    await patient_shop.pass_time(timedelta(minutes=5))
    await until_stage(patient_shop, money.payment_id, PaymentStage.REFUNDED)
    assert moves(patient_shop, money.payment_id) == (1, [1])


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
    assert "this is $0.01 for order" in str(refused.value)
    assert str(refused.value).endswith("nothing was moved")
    assert "\n" not in str(refused.value)
    assert moves(shop, money.payment_id) == (TOTAL, [])
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED


async def test_an_order_told_otherwise_believes_the_ledger(shop: Shop) -> None:
    """The signal says another amount than the front door, whose capture is in the ledger first."""
    request = await shop.start()
    money = money_for(request.order_id)
    shop.world.faults.down("record_capture")
    await shop.pay(request, as_signal(money.model_copy(update={"amount": 1})))
    shop.world.payments.captures[money.payment_id] = (request.order_id, TOTAL, "USD")
    paying = asyncio.create_task(at_the_door(shop).pay(money))
    shop.world.faults.up("record_capture")
    assert (await paying).outcome == PaymentOutcome.APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert moves(shop, money.payment_id) == (TOTAL, [])


@pytest.mark.parametrize("lost", ["record_capture", "refund", "send"])
async def test_lost_answers_move_nothing_twice(shop: Shop, lost: str) -> None:
    shop.world.faults.lose_answers(lost, 2)
    money = money_for(fresh("ORD"), customer_email="eve@example.com")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert len(returned_mails(shop)) == 1


async def test_a_payment_survives_its_worker(client: Client) -> None:
    world = stocked()
    shop = Shop(client, world, fresh("orders"))
    async with shop.worker(cached=0):
        request = await shop.start()
        money = money_for(request.order_id, amount=1)
        await at_the_door(shop).start(money)
        await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    async with shop.worker(cached=0):
        await shop.until(request, lambda view: bool(view.parked))
        await decide(shop, request, money.payment_id, "refund")
        result = await at_the_door(shop).wait(money.payment_id)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (1, [1])


async def test_a_replay_of_every_task_decides_the_same(client: Client) -> None:
    async with open_shop(client, cached=0) as shop:
        request = await shop.start()
        money = money_for(request.order_id)
        assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
        stray = money_for(fresh("ORD"), customer_email="eve@example.com")
        assert (await at_the_door(shop).pay(stray)).outcome == PaymentOutcome.REFUNDED
        assert (await shop.ended(request)).status == OrderStatus.DELIVERED


async def test_a_payment_cannot_be_cancelled(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id, amount=1)
    await at_the_door(shop).start(money)
    await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    door = shop.client.get_workflow_handle(payment_workflow_id(money.payment_id))
    await door.cancel()
    await decide(shop, request, money.payment_id, "refund")
    assert (await at_the_door(shop).wait(money.payment_id)).outcome == PaymentOutcome.REFUNDED


async def test_a_payment_that_is_not_one_fails_at_once(shop: Shop) -> None:
    payment_id = fresh("pay")
    await shop.client.start_workflow(
        "PaymentWorkflow",
        {"payment_id": payment_id, "order_id": "ORD 1/2", "amount": 0, "currency": "XXY"},
        id=payment_workflow_id(payment_id),
        task_queue=shop.task_queue,
    )
    with pytest.raises(RefusedError) as refused:
        await at_the_door(shop).wait(payment_id)
    assert refused.value.kind == "InvalidRequest"
    assert all(field in str(refused.value) for field in ("order_id", "amount", "currency"))
    assert shop.world.payments.captures == {}


async def test_nobody_knows_a_payment_that_never_came(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="there is no payment pay-nowhere"):
        await at_the_door(shop).get_payment("pay-nowhere")


async def decide(shop: Shop, request: OrderRequest, payment_id: str, decision: str) -> None:
    await shop.orders.decide_payment(
        request.order_id,
        DecidePayment.model_validate(
            {"payment_id": payment_id, "decision": decision, "by": "dora", "reason": "as she sees fit"}
        ),
    )


async def test_a_refund_that_was_under_way_as_its_order_was_terminated_is_not_sent_twice(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id, amount=TOTAL + 1)
    shop.world.faults.lose_answers("refund", 5)
    await shop.pay(request, as_signal(money))

    async def excess_is_back() -> bool:
        return sent_back(shop, money.payment_id) == [1]

    await until(excess_is_back)
    assert len((await shop.orders.get_order(request.order_id)).ledger) == 1, "the order does not know it yet"
    await shop.handle(request).terminate("an accident")
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL + 1, [1, TOTAL])


async def test_handing_over_again_is_answered_the_same(shop: Shop) -> None:
    """As when the answer got lost: with the ID of the update, and with another one."""
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    taken = TakePayment(payment_id=fresh("pay"), amount=TOTAL, currency="USD")
    first = await shop.orders.take_payment(request.order_id, taken)
    again = await shop.orders.take_payment(request.order_id, taken)
    anew = await shop.handle(request).execute_update("take_payment", taken, result_type=TakenPayment)
    assert first == again == anew
    assert first.outcome == TakenOutcome.APPLIED
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert len(view.ledger) == 1
