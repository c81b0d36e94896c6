"""Signed messages through a server: what workers refuse, where that is recorded, and that every replay agrees."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHistory, WorkflowQueryFailedError
from temporalio.worker import Replayer

from tests.support.guards import UnsandboxedGuards
from tests.support.identity import operators, signed, signing
from tests.support.orders import Shop, open_shop, order, payment, stocked
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workflows.orders.client import WORKFLOW_TYPE, OrdersClient, payment_workflow_id, workflow_id
from workflows.orders.models import CancelOrder, ExtendPaymentWindow, OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentOutcome, PaymentRequest
from workflows.orders.payments.refund_models import RefundAmount, RefundLines
from workflows.orders.workflow import WORKFLOWS
from workflows.shared.actions import Viewer
from workflows.shared.errors import RefusedError
from workflows.shared.identity.current import IDENTITY
from workflows.shared.identity.operators import Operators
from workflows.shared.identity.signature import REFUSED_HEADER

UNSIGNED = "it is not signed: TCONSOLE_IDENTITY=signed takes messages of operators only, who have a key"


@pytest.fixture
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop that takes signed messages only; its workers sign as themselves, and the test as ana."""
    with signed():
        async with open_shop(signing(client, "workers"), stocked(), runner=UnsandboxedGuards()) as opened:
            yield Shop(signing(client, "ana"), opened.world, opened.task_queue)


def orders_of(shop: Shop, client: Client) -> OrdersClient:
    return OrdersClient(client, task_queue=shop.task_queue)


async def replay(client: Client, history: WorkflowHistory) -> None:
    """Replay a history as each mode, and as operators who do not know anybody."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=UnsandboxedGuards(),
        data_converter=client.data_converter,
        **workflow_options(),
        build_id=BUILD_ID,
    )
    await replayer.replay_workflow(history)
    with signed(Operators()):
        await replayer.replay_workflow(history)
    IDENTITY.use_operators("open", Operators())
    await replayer.replay_workflow(history)
    IDENTITY.use_operators("signed", operators())


async def test_signed_messages_take_effect_and_others_are_recorded(shop: Shop, client: Client) -> None:
    request = await shop.start()
    order_id = request.order_id
    ben, nobody = orders_of(shop, signing(client, "ben")), orders_of(shop, client)
    extension = ExtendPaymentWindow(seconds=60, by="ana", reason="a regular")
    with pytest.raises(RefusedError, match="by: it names ana, and is signed by ben") as refused:
        await ben.extend_payment_window(order_id, extension)
    assert refused.value.kind == "NotEligible"
    with pytest.raises(RefusedError, match=UNSIGNED):
        await nobody.extend_payment_window(order_id, extension)
    cancel = CancelOrder(reason="no", requested_by="ana", signal_id="known-to-all")
    assert (await nobody.cancel_order(order_id, cancel)).refusal == UNSIGNED
    by_ben = CancelOrder(reason="no", requested_by="ben")
    assert (await ben.cancel_order(order_id, by_ben)).refusal == "ben has no role that may cancel"
    assert (await nobody.confirm_payment(order_id, payment())).refusal == UNSIGNED
    assert (await shop.orders.extend_payment_window(order_id, extension)).status == OrderStatus.AWAITING_PAYMENT
    await shop.orders.cancel_order(order_id, cancel)  # that its ID was used by another changes nothing
    view = await shop.until_status(request, OrderStatus.CANCELLED)
    assert [each.signal for each in view.refusals] == ["cancel_order", "cancel_order", "confirm_payment"]
    assert not view.ledger
    await replay(client, await shop.handle(request).fetch_history())


async def test_a_refused_start_fails_and_its_id_may_be_used_again(shop: Shop, client: Client) -> None:
    request = order()
    id_ = workflow_id(request.order_id)
    handle = await client.start_workflow(WORKFLOW_TYPE, request, id=id_, task_queue=shop.task_queue)
    with pytest.raises(WorkflowFailureError) as failure:
        await asyncio.wait_for(handle.result(), 20)
    assert str(failure.value.cause) == f"NotEligible: {UNSIGNED}"
    with pytest.raises(WorkflowQueryFailedError, match="the workflow failed as it began"):
        await handle.query("get_order")
    await replay(client, await handle.fetch_history())
    await shop.orders.start(request)
    word = {REFUSED_HEADER: Payload(data=b"no")}
    signal = SignalWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=id_),
        signal_name="confirm_payment",
        input=Payloads(payloads=[client.data_converter.payload_converter.to_payload(payment())]),
        header=Header(fields=word),
    )
    await client.workflow_service.signal_workflow_execution(signal)
    view = await shop.until(request, lambda view: bool(view.refusals))
    assert view.refusals[0].reason == UNSIGNED  # the sender's own word is not
    IDENTITY.use_operators("open", Operators())
    await client.workflow_service.signal_workflow_execution(signal)
    view = await shop.until_status(request, OrderStatus.DELIVERED)
    await replay(client, await shop.handle(request).fetch_history())


async def test_workflows_tell_each_other_as_the_workers(shop: Shop, client: Client) -> None:
    request = await shop.start()
    payments = PaymentsClient(signing(client, "ana"), task_queue=shop.task_queue)
    wrong = PaymentRequest(payment_id=fresh("pay"), order_id=request.order_id, amount=5, currency="EUR")
    assert (await payments.pay(wrong)).outcome == PaymentOutcome.REFUNDED
    intake = client.get_workflow_handle(payment_workflow_id(wrong.payment_id))
    assert (await payments.get_payment(wrong.payment_id)).refusals == []
    await replay(client, await intake.fetch_history())


async def test_roles_say_what_somebody_may_do_and_up_to_how_much(shop: Shop, client: Client) -> None:
    request = await shop.paid()
    order_id, id_ = request.order_id, workflow_id(request.order_id)
    rita = orders_of(shop, signing(client, "rita"))

    async def reason(person: str, name: str) -> str | None:
        found = await rita.get_actions(id_, Viewer(person=person))
        action = next(each for each in found if each.name == name)
        assert action.enabled is (action.reason is None)
        return action.reason or action.effect

    assert await reason("ben", "cancel_order") == "ben has no role that may cancel; it needs the role cancel"
    refund = RefundAmount(amount=3_000, currency="USD", by="rita", reason="late")
    assert "rita may refund $50.00 of it: refunds above $50.00 need the role finance" in str(
        await reason("rita", "refund_amount")
    )
    await rita.refund_amount(order_id, refund)
    with pytest.raises(RefusedError, match=r"refunds above \$50\.00 need the role finance") as refused:
        await rita.refund_amount(order_id, refund)  # with the first it is more than the limit
    assert refused.value.kind == "NotEligible"
    lines = RefundLines(by="rita", reason="all of it")
    with pytest.raises(RefusedError, match=r"refunds above \$50\.00 need the role finance"):
        await rita.refund_lines(order_id, lines)
    assert "rita may refund $20.00 of it" in str(await reason("rita", "refund_amount"))
    await orders_of(shop, signing(client, "fin")).refund_amount(
        order_id, RefundAmount(amount=9_000, currency="USD", by="fin", reason="agreed")
    )
    await replay(client, await shop.handle(request).fetch_history())
