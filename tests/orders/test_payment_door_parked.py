"""Payments at the front door that somebody must decide about."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.orders import Shop, stocked
from tests.support.payments import at_the_door, decide, money_for, moves, until_stage
from tests.support.temporal import fresh
from workflows.orders.client import payment_workflow_id
from workflows.orders.payment_intake.models import PaymentDecided, PaymentOutcome, PaymentStage

AN_HOUR = 3600


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
    assert result.refund_reference == shop.world.payments.reference(f"{request.order_id}/refund/{money.payment_id}")
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


async def test_a_payment_cannot_be_cancelled(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id, amount=1)
    await at_the_door(shop).start(money)
    await until_stage(shop, money.payment_id, PaymentStage.PARKED)
    door = shop.client.get_workflow_handle(payment_workflow_id(money.payment_id))
    await door.cancel()
    await decide(shop, request, money.payment_id, "refund")
    assert (await at_the_door(shop).wait(money.payment_id)).outcome == PaymentOutcome.REFUNDED


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
