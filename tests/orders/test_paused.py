"""An order that somebody paused in Temporal: no call fails oddly, and no payment is sent back because of it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType, WorkflowExecutionStatus

from tests.support.eventually import eventually
from tests.support.orders import A_ROUND, HOUR, TOTAL, Shop
from tests.support.pauses import pause, unpause
from tests.support.payments import Intake
from workflows.orders.client import workflow_id
from workflows.orders.models import CancelOrder, ExtendPaymentWindow, OrderRequest, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentStage
from workflows.orders.ports import Capture
from workflows.shared.errors import PausedError


async def test_a_paused_order_says_so_and_keeps_signals(shop: Shop) -> None:
    request = await shop.start()
    id_ = workflow_id(request.order_id)
    await pause(shop.client, id_)
    words = f"{request.order_id} is paused in Temporal: .* `uv run temporal workflow unpause --workflow-id {id_}`$"
    more = ExtendPaymentWindow(seconds=60, by="ana", reason="the bank is slow")
    for call in (
        shop.orders.get_order(request.order_id),
        shop.orders.get_actions(id_),
        shop.orders.extend_payment_window(request.order_id, more),
    ):
        with pytest.raises(PausedError, match=words):
            await call
    status = await shop.orders.execution_status(request.order_id)
    assert status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED
    await shop.handle(request).signal("cancel_order", CancelOrder(reason="too late", requested_by="ada"))
    await unpause(shop.client, id_)
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED


async def window_over(shop: Shop, request: OrderRequest) -> bool:
    events = (await shop.handle(request).fetch_history()).events
    return any(event.event_type == EventType.EVENT_TYPE_TIMER_FIRED for event in events)


async def test_a_payment_that_waits_behind_a_pause_pays_the_order_after_its_window(shop: Shop) -> None:
    request = await shop.start(payment_window_seconds=2)
    id_ = workflow_id(request.order_id)
    await pause(shop.client, id_)
    intake = Intake(shop, request.order_id)
    await intake.start()
    await intake.until(lambda view: view.stage == PaymentStage.RECORDED)
    await eventually(lambda: window_over(shop, request), bool)
    await unpause(shop.client, id_)
    result = await asyncio.wait_for(intake.pay(), 60)
    assert result.outcome == PaymentOutcome.APPLIED
    view = await shop.ended(request)
    assert view.status == OrderStatus.DELIVERED
    assert view.stuck == []
    assert intake.refunds == []


@pytest.mark.skips_time
async def test_a_window_does_not_end_while_the_ledger_cannot_be_asked(shop: Shop) -> None:
    shop.world.faults.down("unrefunded")
    request = await shop.start(payment_window_seconds=1)
    await shop.pass_time(A_ROUND)
    stuck = await shop.until(request, lambda view: bool(view.stuck))
    assert (stuck.status, stuck.stuck[0].step) == (OrderStatus.AWAITING_PAYMENT, "ask_ledger")
    shop.world.faults.up("unrefunded")
    await shop.resolve(request, "ask_ledger", "retry")
    assert (await shop.ended(request)).status == OrderStatus.EXPIRED


@pytest.mark.skips_time
async def test_an_order_waits_for_a_payment_whose_intake_was_terminated(shop: Shop) -> None:
    request = await shop.start(payment_window_seconds=HOUR)
    intake = Intake(shop, request.order_id)
    await shop.world.payments.record_capture(Capture(intake.id, request.order_id, TOTAL, "USD"))
    await shop.pass_time(timedelta(hours=3))
    waiting = await shop.until(request, lambda view: bool(view.stuck))
    assert (waiting.status, waiting.attention) == (OrderStatus.AWAITING_PAYMENT, "payment_delayed")
    assert await intake.outcome() == PaymentOutcome.APPLIED
    view = await shop.ended(request)
    assert (view.status, view.attention) == (OrderStatus.DELIVERED, None)
