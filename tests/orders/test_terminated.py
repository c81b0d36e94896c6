"""Orders that somebody terminated in Temporal: the payment intake gives their money back, a reset revives them."""

import uuid
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from tests.support.eventually import eventually
from tests.support.orders import HOUR, TOTAL, Shop, moves
from tests.support.payments import Intake
from tests.support.second_starts import fails, start_anew
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest, OrderStatus
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentStage

APPLIED, REFUNDED = PaymentOutcome.APPLIED, PaymentOutcome.REFUNDED


async def terminated(shop: Shop) -> tuple[OrderRequest, Intake]:
    """Return an order that was paid by a signal, and terminated while it was picked, and its payment."""
    request = await shop.paid()
    await shop.handle(request).terminate("an accident")
    return request, Intake(shop, request.order_id, f"pay-{request.order_id}")


async def test_the_intake_sends_back_what_came_by_a_signal(shop: Shop) -> None:
    request, intake = await terminated(shop)
    view = await shop.orders.get_order(request.order_id)
    assert moves(view, intake.id) == [("capture", TOTAL)]
    assert view.reservation is not None
    result = await intake.pay()
    assert (result.outcome, result.refund_reference) == (REFUNDED, shop.world.payments.reference(intake.refund_key))
    assert intake.moves == (TOTAL, [TOTAL])
    ((_, _, body),) = intake.returned_emails
    assert f"order {request.order_id} is not worked on any more" in body


async def test_the_intake_gives_back_an_applied_payment_when_it_looks_again(shop: Shop) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id)
    assert await intake.outcome() == APPLIED
    await intake.client.look_again(intake.request)
    assert (await intake.client.wait(intake.id)).outcome == APPLIED, "the order has it"
    await shop.handle(request).terminate("an accident")
    for _ in range(2):
        await intake.client.look_again(intake.request)
        assert (await intake.client.wait(intake.id)).outcome == REFUNDED
    assert intake.moves == (TOTAL, [TOTAL])
    assert len(intake.returned_emails) == 1


async def test_it_is_not_started_again_with_another_request(shop: Shop) -> None:
    request, intake = await terminated(shop)
    lines = [request.lines[0].model_copy(update={"quantity": 1})]
    other = request.model_copy(update={"lines": lines, "when_short": "reject"})
    words = (
        f"order {request.order_id} was started before with other lines, when_short;"
        " start it with the same request, or choose another ID"
    )
    await fails(shop, other, "InvalidRequest", words)
    assert intake.moves == (TOTAL, [])
    again = await start_anew(shop, request)
    view = await shop.until_status(request, OrderStatus.FULFILLING)
    assert moves(view, intake.id) == [("capture", TOTAL)]
    await again.terminate("enough")


@pytest.mark.skips_time
async def test_a_parked_payment_goes_back_after_a_look(shop: Shop) -> None:
    request = await shop.start()
    intake = Intake(shop, request.order_id, amount=1)
    await intake.start_and_park()
    await shop.handle(request).terminate("an accident")

    async def later() -> PaymentStage:
        described = await intake.handle.describe()
        if not described.raw_description.pending_activities:  # its timeout would pass as well
            await shop.pass_time(timedelta(minutes=5))  # the intake may have set its next timer after the last time
        return (await intake.view()).stage

    await eventually(later, lambda stage: stage == PaymentStage.REFUNDED)
    assert intake.moves == (1, [1])


@pytest.mark.parametrize("answers_lost", [0, 5])
async def test_what_the_order_had_refunded_or_was_refunding_is_not_refunded_again(
    shop: Shop, answers_lost: int
) -> None:
    request = await shop.start(fulfilment_seconds_per_step=HOUR)
    intake = Intake(shop, request.order_id, amount=TOTAL + 1)
    shop.world.faults.lose_answers("refund", answers_lost)
    await shop.pay(request, intake.as_signal)
    if answers_lost:
        await eventually(lambda: intake.refunds == [1])
        assert len((await shop.orders.get_order(request.order_id)).ledger) == 1, "the order does not know it yet"
    else:
        await shop.until(request, lambda view: len(view.ledger) == 2)
    await shop.handle(request).terminate("an accident")
    assert await intake.outcome() == REFUNDED
    assert intake.moves == (TOTAL + 1, [1, TOTAL])


async def test_a_reset_order_goes_on_and_can_be_cancelled(shop: Shop) -> None:
    request, intake = await terminated(shop)
    assert shop.world.inventory.count("held") == 3
    # What `temporal workflow reset --type LastWorkflowTask` does.
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
    assert (await shop.cancel(request)).refusal is None
    assert (await shop.ended(request)).status == OrderStatus.CANCELLED
    assert intake.moves == (TOTAL, [TOTAL])
    assert shop.world.inventory.count("held") == 0
