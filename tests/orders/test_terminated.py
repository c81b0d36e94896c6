"""Orders that somebody terminated in Temporal: their money and stock find an owner when an operator sees to it."""

import uuid

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from tests.support.orders import TOTAL, Shop, payment
from tests.support.payments import at_the_door, money_for, moves
from tests.support.temporal import fresh
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.shared.errors import RefusedError

AN_HOUR = 3600


async def terminated(shop: Shop, payment_id: str) -> OrderRequest:
    """Return an order that was paid by a signal alone, and terminated while it was picked."""
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    await shop.pay(request, payment(payment_id))
    await shop.until(request, lambda view: bool(view.ledger) and view.status == OrderStatus.FULFILLING)
    await shop.handle(request).terminate("an accident")
    return request


async def revive(shop: Shop, request: OrderRequest) -> None:
    """Do what `temporal workflow reset --type LastWorkflowTask` does."""
    history = await shop.handle(request).fetch_history()
    last = max(
        event.event_id for event in history.events if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    await shop.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(request.order_id)),
            reason="it was terminated by mistake",
            workflow_task_finish_event_id=last,
            request_id=uuid.uuid4().hex,
        )
    )


async def test_the_order_still_says_what_it_has(shop: Shop) -> None:
    payment_id = fresh("pay")
    view = await shop.orders.get_order((await terminated(shop, payment_id)).order_id)
    assert [(entry.kind, entry.payment_id, entry.amount) for entry in view.ledger] == [("capture", payment_id, TOTAL)]
    assert view.reservation is not None


async def test_the_front_door_sends_back_what_came_by_a_signal(shop: Shop) -> None:
    payment_id = fresh("pay")
    request = await terminated(shop, payment_id)
    money = money_for(request.order_id, payment_id)
    result = await at_the_door(shop).pay(money)
    assert result.outcome == PaymentOutcome.REFUNDED
    assert result.refund_reference == shop.world.payments.reference(f"{request.order_id}/refund/{payment_id}")
    assert moves(shop, payment_id) == (TOTAL, [TOTAL])
    assert f"payment/{payment_id}/returned" in shop.world.mailer.sent


async def test_a_payment_that_was_applied_before_is_looked_after_again(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=AN_HOUR)
    money = money_for(request.order_id)
    assert (await at_the_door(shop).pay(money)).outcome == PaymentOutcome.APPLIED
    await at_the_door(shop).look_again(money.payment_id)
    assert (await at_the_door(shop).wait(money.payment_id)).outcome == PaymentOutcome.APPLIED, "the order has it"
    await shop.handle(request).terminate("an accident")
    for _ in range(2):
        await at_the_door(shop).look_again(money.payment_id)
        assert (await at_the_door(shop).wait(money.payment_id)).outcome == PaymentOutcome.REFUNDED
    assert moves(shop, money.payment_id) == (TOTAL, [TOTAL])
    assert list(shop.world.mailer.sent).count(f"payment/{money.payment_id}/returned") == 1


async def test_goods_that_have_left_are_paid_for_however_often_one_looks(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id)
    await at_the_door(shop).pay(money)
    assert (await shop.ended(request)).status == OrderStatus.DELIVERED
    await at_the_door(shop).look_again(money.payment_id)
    assert (await at_the_door(shop).wait(money.payment_id)).outcome == PaymentOutcome.APPLIED
    assert moves(shop, money.payment_id) == (TOTAL, [])


async def test_a_payment_that_waits_already_is_left_to_wait(shop: Shop) -> None:
    request = await shop.start()
    money = money_for(request.order_id, amount=1)
    await at_the_door(shop).start(money)
    with pytest.raises(RefusedError, match="is still on its way"):
        await at_the_door(shop).look_again(money.payment_id)


async def test_an_order_that_is_reset_goes_on_and_can_be_cancelled(shop: Shop) -> None:
    payment_id = fresh("pay")
    request = await terminated(shop, payment_id)
    assert shop.world.inventory.count("held") == 3
    await revive(shop, request)
    assert (await shop.cancel(request)).refusal is None
    ended = await shop.ended(request)
    assert ended.status == OrderStatus.CANCELLED
    assert moves(shop, payment_id) == (TOTAL, [TOTAL])
    assert shop.world.inventory.count("held") == 0
    shop.world.inventory.assert_adds_up()
