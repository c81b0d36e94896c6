"""Payments that come through the payment intake: each ends with an owner, and moves the ledger once."""

import asyncio
from contextlib import suppress

import pytest
from temporalio.client import Client, WorkflowFailureError

from tests.support.eventually import eventually
from tests.support.orders import TOTAL, Shop, stocked
from tests.support.payments import Intake
from tests.support.temporal import fresh
from workers.store.ledger import Ledger
from workflows.orders.client import WORKFLOW_TYPE, workflow_id
from workflows.orders.models import OrderStatus
from workflows.orders.payment_intake.models import (
    PaymentDecided,
    PaymentOutcome,
    PaymentResult,
    PaymentStage,
    TakePayment,
)
from workflows.orders.ports import Capture, CaptureRefusedError
from workflows.orders.views.models import CaptureStatus, PaymentView
from workflows.shared import summary
from workflows.shared.errors import ClosedError, NotFoundError, RefusedError

APPLIED, REFUNDED = PaymentOutcome.APPLIED, PaymentOutcome.REFUNDED
AN_HOUR = 3600


async def test_a_payment_pays_its_order(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    assert await intake.pay() == PaymentResult(payment_id=intake.id, order_id=request.order_id, outcome=APPLIED)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    row = (await intake.handle.describe()).typed_search_attributes
    assert (row[summary.STAGE], row[summary.OWNER]) == ("APPLIED", request.order_id)
    await intake.client.look_again(intake.id)
    assert (await intake.client.wait(intake.id)).outcome == APPLIED, "the goods have left"
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_is_handed_in_again_is_answered_the_same(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id)
    outcomes = await asyncio.gather(*(intake.outcome() for _ in range(5)))
    await shop.cancel(request)
    await shop.ended(request)
    assert {*outcomes, await intake.outcome()} == {APPLIED}
    assert intake.moves == (TOTAL, [TOTAL])
    assert intake.returned_emails == []


@pytest.mark.parametrize("intake_first", [True, False])
async def test_intake_and_signal_one_after_the_other_move_the_ledger_once(shop: Shop, *, intake_first: bool) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id)
    if intake_first:
        await intake.pay()
    assert (await shop.pay(request, intake.as_signal)).refusal is None
    if not intake_first:
        assert await intake.outcome() == APPLIED
    view = await shop.until(request, lambda view: bool(view.ledger))
    assert [(entry.kind, entry.amount) for entry in view.ledger] == [("capture", TOTAL)]
    assert intake.moves == (TOTAL, [])


async def test_intake_signal_and_cancellation_at_once_give_the_money_back_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id)

    async def signal() -> None:
        with suppress(ClosedError):
            await shop.pay(request, intake.as_signal)

    await asyncio.gather(intake.pay(), signal(), shop.cancel(request))
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert intake.moves == (TOTAL, [TOTAL])


async def test_a_delivered_order_keeps_the_payment_that_paid_it(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    await shop.pay(request, intake.as_signal)
    await shop.ended(request)
    assert await intake.outcome() == APPLIED
    assert intake.moves == (TOTAL, [])


async def test_a_known_payment_of_another_order_is_refused(shop: Shop) -> None:
    first, second = await shop.start(), await shop.start()
    intake = Intake(shop, first.order_id)
    await intake.pay()
    with pytest.raises(RefusedError) as refused:
        await intake.pay(order_id=second.order_id)
    assert str(refused.value) == (
        f"payment {intake.id} is known as $120.00 for order {first.order_id},"
        f" and this is $120.00 for order {second.order_id}; nothing was moved"
    )
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_the_ledger_has_with_another_amount_fails_and_may_be_corrected(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id)
    await shop.pay(request, intake.as_signal)
    await shop.until(request, lambda view: bool(view.ledger))
    with pytest.raises(RefusedError) as refused:
        await intake.pay(amount=1)
    assert refused.value.kind == "PaymentConflict"
    assert str(refused.value).endswith(
        f"payment {intake.id} is in the ledger already, as $120.00 for order {request.order_id};"
        f" what came now is $0.01 for order {request.order_id}; nothing was moved"
    )
    assert await intake.outcome() == APPLIED
    assert intake.moves == (TOTAL, [])


async def test_the_ledger_decides_if_signal_and_intake_name_different_amounts(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    shop.world.faults.down("record_capture")
    await shop.pay(request, intake.as_signal.model_copy(update={"amount": 1}))
    await Ledger(shop.world.store).book_capture(Capture(intake.id, request.order_id, TOTAL, "USD"), "first")
    paying = asyncio.create_task(intake.outcome())
    shop.world.faults.up("record_capture")
    assert await paying == APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert intake.moves == (TOTAL, [])


async def test_a_payment_that_was_signalled_before_its_capture_counts_when_it_is_handed_in(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id)
    shop.world.faults.down("record_capture", error=CaptureRefusedError(intake.id, "it is processing"))
    await shop.pay(request, intake.as_signal)
    await shop.until(request, lambda view: bool(view.refusals))
    shop.world.faults.up("record_capture")
    assert await intake.outcome() == APPLIED
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    assert intake.moves == (TOTAL, [])


async def test_an_unknown_payment_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="there is no payment pay-nowhere"):
        await Intake(shop, "ORD-1", "pay-nowhere").view()


async def test_forwarding_to_the_order_again_is_answered_the_same(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    taken = TakePayment(payment_id=fresh("pay"), amount=TOTAL, currency="USD")
    first = await shop.orders.take_payment(request.order_id, taken)
    again = await shop.orders.take_payment(request.order_id, taken)
    under_another_update_id = await shop.handle(request).execute_update("take_payment", taken, result_type=PaymentView)
    assert first == again == under_another_update_id
    assert first.status == CaptureStatus.APPLIED
    assert len((await shop.until(request, lambda view: bool(view.ledger))).ledger) == 1


async def test_a_parked_payment_waits_until_the_order_itself_says_that_it_is_accepted(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    await intake.handle.signal("payment_decided", PaymentDecided(outcome=APPLIED))  # from somebody else
    assert (await intake.view()).stage == PaymentStage.PARKED
    with pytest.raises(RefusedError, match="is still on its way"):
        await intake.client.look_again(intake.id)
    await shop.decide_payment(request, intake.id, "accept")
    assert await intake.outcome() == APPLIED
    assert intake.moves == (1, [])


@pytest.mark.parametrize("way_out", ["refund", "refund although the workflow is cancelled", "cancel", "another pays"])
async def test_a_parked_payment_that_does_not_pay_goes_back(shop: Shop, way_out: str) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    if way_out.endswith("cancelled"):
        await intake.handle.cancel()
    if way_out.startswith("refund"):
        await shop.decide_payment(request, intake.id, "refund")
    elif way_out == "cancel":
        await shop.cancel(request)
    else:
        await shop.pay(request)
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (1, [1])


async def test_a_payment_survives_its_worker(client: Client) -> None:
    shop = Shop(client, stocked(), fresh("orders"))
    async with shop.worker(cached=0):
        request = await shop.start()
        intake = Intake(shop, request.order_id, amount=1)
        await intake.start_and_park()
    async with shop.worker(cached=0):
        await shop.until(request, lambda view: bool(view.parked))
        await shop.decide_payment(request, intake.id, "refund")
        assert await intake.outcome() == REFUNDED
    assert intake.moves == (1, [1])


async def test_a_second_payment_goes_back_and_the_customer_is_told_once(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request)
    intake = Intake(shop, request.order_id)
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(await eventually(lambda: intake.returned_emails)) == 1
    view = await intake.view()
    assert view.stage == PaymentStage.REFUNDED
    assert view.reason.startswith("the order is paid already, with ")


async def test_a_payment_for_a_closed_order_goes_back_and_the_customer_is_told(shop: Shop) -> None:
    request = await shop.start()
    await shop.cancel(request)
    await shop.ended(request)
    intake = Intake(shop, request.order_id, customer_email="someone.else@example.com")
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    ((to, subject, body),) = intake.returned_emails
    assert to == "ada@example.com", "the order's address comes before the gateway's"
    assert subject == f"Order {request.order_id}: $120.00 goes back to you"
    assert f"order {request.order_id} is cancelled" in body


async def test_what_a_closed_order_has_refunded_is_not_refunded_again(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    intake = Intake(shop, request.order_id)
    await shop.pay(request, intake.as_signal)
    await shop.cancel(request)
    await shop.ended(request)
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (TOTAL, [TOTAL])
    assert intake.returned_emails == [], "the e-mail about the cancellation says it"


@pytest.mark.parametrize("email", ["eve@example.com", None])
async def test_a_payment_for_an_unknown_order_goes_back(shop: Shop, email: str | None) -> None:
    intake = Intake(shop, fresh("ORD"), customer_email=email)
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(intake.returned_emails) == (email is not None)
    view = await intake.view()
    assert view.reason == f"there is no order {intake.request.order_id}"
    assert ("nobody to tell" in view.timeline[-1].text) == (email is None)


async def test_a_payment_for_an_order_with_an_invalid_start_goes_back(shop: Shop) -> None:
    order_id = fresh("ORD")
    invalid = await shop.client.start_workflow(
        WORKFLOW_TYPE, {"order_id": order_id}, id=workflow_id(order_id), task_queue=shop.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await invalid.result()
    intake = Intake(shop, order_id)
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])


@pytest.mark.parametrize("lost", ["record_capture", "refund", "send"])
async def test_lost_answers_move_nothing_twice(shop: Shop, lost: str) -> None:
    shop.world.faults.lose_answers(lost, 2)
    intake = Intake(shop, fresh("ORD"), customer_email="eve@example.com")
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(intake.returned_emails) == 1
