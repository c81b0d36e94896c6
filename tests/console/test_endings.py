"""Broken runs: their details say why, and offer no action."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.support.approvals import leave, running_office
from tests.support.console_app import running_console
from tests.support.orders import order, orders_worker, stocked
from tests.support.temporal import fresh, new_namespace
from workflows.approvals.client import TASK_QUEUE as APPROVALS_QUEUE
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.client import workflow_id as approval_workflow_id
from workflows.orders.client import TASK_QUEUE as ORDERS_QUEUE
from workflows.orders.client import WORKFLOW_TYPE as ORDER
from workflows.orders.client import workflow_id as order_workflow_id
from workflows.shared.errors import RefusedError


@pytest.fixture(scope="module")
async def temporal(client: Client) -> AsyncIterator[Client]:
    """Give a namespace of this module's own; in the sandbox a start that does not fit fails in one line."""
    own = await new_namespace(client)
    async with (
        orders_worker(own, stocked(), ORDERS_QUEUE, runner=SandboxedWorkflowRunner()),
        running_office(own, task_queue=APPROVALS_QUEUE),
    ):
        yield own


async def failed_start(client: Client, request: object, workflow_id: str) -> None:
    """Start an order that fails at once, and wait until it has."""
    started = await client.start_workflow(ORDER, request, id=workflow_id, task_queue=ORDERS_QUEUE)
    with pytest.raises(WorkflowFailureError):
        await started.result()


async def test_a_start_that_does_not_fit_shows_the_run_s_own_words(temporal: Client) -> None:
    started = order_workflow_id(fresh("ORD"))
    await failed_start(temporal, {}, started)
    async with running_console(temporal) as console:
        await console.focus(started, "▲ failed: order_id: Field required; customer: Field required")
        assert "ended from outside" not in console.details
        assert "Python SDK" not in console.details
        await console.refused("c", "not possible, this run failed")


async def test_an_order_under_another_order_s_workflow_id_fails_and_its_id_is_drawn_safely(temporal: Client) -> None:
    request = order()
    right = order_workflow_id(request.order_id)
    odd = f"{right}\x1b[31m\tx"
    await failed_start(temporal, request, odd)
    async with running_console(temporal) as console:
        why = f'▲ failed: order_id: order {request.order_id} has the workflow ID {right}, not "{right}'
        await console.focus(odd, why)
        assert request.order_id in console.list_text
        assert "\x1b" not in console.list_text + console.details
        await console.press("y")
        await console.until(lambda: console.receipt.startswith(f"· copied {request.order_id} x"))
        assert console.app.clipboard == odd.removeprefix("order-")


async def test_a_refused_request_is_rejected_and_not_broken(temporal: Client) -> None:
    request = leave(request_id=fresh("REQ"), requester="zoe")
    with pytest.raises(RefusedError):
        await ApprovalsClient(temporal).start(request)
    async with running_console(temporal, tab="2") as console:
        await console.focus(approval_workflow_id(request.request_id), "✖ REJECTED")
        await console.until(lambda: "✖ rejected 1" in console.chips)
        assert "zoe" in console.details
        assert "ended from outside" not in console.details
        assert not any("needs a look" in chip for chip in console.chips)
        assert console.row.broken is None


async def test_a_terminated_request_offers_nothing_and_cannot_pass(temporal: Client) -> None:
    request = leave(request_id=fresh("REQ"))
    await ApprovalsClient(temporal).start(request)
    async with running_console(temporal, "ben", tab="2") as console:
        await console.focus(approval_workflow_id(request.request_id), "a  Approve")
        await temporal.get_workflow_handle(approval_workflow_id(request.request_id)).terminate(reason="asked twice")
        await console.until(lambda: "ended from outside: terminated: asked twice" in console.details)
        await console.until(lambda: "Can it still pass? No: this run was terminated" in console.details)
        assert "a  Approve" not in console.details
        assert "·  Approve request" in console.details
        await console.until(lambda: console.footer["Approve"] is False)
        await console.refused("a", "not possible, this run was terminated")
        assert not console.dialogs
