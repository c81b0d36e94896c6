"""Broken runs: their details say why, and offer no action."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client, WorkflowFailureError

from tests.support.approvals import Channel, StaffDirectory, approvals_worker, leave
from tests.support.console_app import details, focus, focused, receipt, running_console, until
from tests.support.orders import order, orders_worker, stocked
from tests.support.screen import chips, footer, table_text
from tests.support.temporal import dev_server, fresh
from workflows.approvals.client import TASK_QUEUE as APPROVALS_QUEUE
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.client import workflow_id as approval_workflow_id
from workflows.approvals.ports import ApprovalPorts
from workflows.orders.client import TASK_QUEUE as ORDERS_QUEUE
from workflows.orders.client import WORKFLOW_TYPE as ORDER
from workflows.orders.client import workflow_id as order_workflow_id
from workflows.shared.errors import RefusedError


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    """Give a server of this module's own, with workers of orders and approvals."""
    async with (
        dev_server() as environment,
        orders_worker(environment.client, stocked(), ORDERS_QUEUE),
        approvals_worker(environment.client, APPROVALS_QUEUE, ApprovalPorts(StaffDirectory(), Channel())),
    ):
        yield environment.client


async def failed_start(client: Client, request: object, workflow_id: str) -> None:
    """Start an order that fails at once, and wait until it has."""
    started = await client.start_workflow(ORDER, request, id=workflow_id, task_queue=ORDERS_QUEUE)
    with pytest.raises(WorkflowFailureError):
        await started.result()


async def test_a_start_that_does_not_fit_shows_the_run_s_own_words(temporal: Client) -> None:
    started = order_workflow_id(fresh("ORD"))
    await failed_start(temporal, {}, started)
    async with running_console(temporal, "chen") as pilot:
        await focus(pilot, started, "▲ failed: order_id: Field required; customer: Field required")
        assert "ended from outside" not in details(pilot)
        assert "Python SDK" not in details(pilot)
        await pilot.press("c")
        await until(pilot, lambda: receipt(pilot).endswith("not now, this run failed"), "why not")


async def test_an_order_under_another_order_s_workflow_id_fails_and_its_id_is_drawn_safely(temporal: Client) -> None:
    request = order()
    right = order_workflow_id(request.order_id)
    odd = f"{right}\x1b[31m\tx"
    await failed_start(temporal, request, odd)
    async with running_console(temporal, "chen") as pilot:
        why = f"▲ failed: order_id: order {request.order_id} has the workflow ID {right}, not {right}"
        await focus(pilot, odd, why)
        assert request.order_id in table_text(pilot)
        assert "\x1b" not in table_text(pilot) + details(pilot)
        await pilot.press("y")
        await until(pilot, lambda: receipt(pilot).startswith(f"· copied {request.order_id} x"), "what was copied")
        assert pilot.app.clipboard == odd.removeprefix("order-")


async def test_a_refused_request_is_rejected_and_not_broken(temporal: Client) -> None:
    request = leave(request_id=fresh("REQ"), requester="zoe")
    with pytest.raises(RefusedError):
        await ApprovalsClient(temporal).start(request)
    async with running_console(temporal, "chen", tab="2") as pilot:
        await focus(pilot, approval_workflow_id(request.request_id), "✖ REJECTED")
        await until(pilot, lambda: "✖ rejected 1" in chips(pilot), "its stage among the counts")
        assert "zoe" in details(pilot)
        assert "ended from outside" not in details(pilot)
        assert not any("needs a look" in chip for chip in chips(pilot))
        assert focused(pilot).broken is None


async def test_a_terminated_request_offers_nothing_and_cannot_pass(temporal: Client) -> None:
    request = leave(request_id=fresh("REQ"))
    await ApprovalsClient(temporal).start(request)
    async with running_console(temporal, "ben", tab="2") as pilot:
        await focus(pilot, approval_workflow_id(request.request_id), "a  Approve")
        await temporal.get_workflow_handle(approval_workflow_id(request.request_id)).terminate(reason="asked twice")
        await until(pilot, lambda: "ended from outside: terminated: asked twice" in details(pilot), "its end")
        await until(pilot, lambda: "Can it still pass? No: this run was terminated" in details(pilot), "the outlook")
        assert "a  Approve" not in details(pilot)
        assert "·  Approve" in details(pilot)
        await until(pilot, lambda: footer(pilot)["Approve"] is False, "the dimmed key")
        await pilot.press("a")
        await until(pilot, lambda: receipt(pilot).endswith("not now, this run was terminated"), "why not")
        assert len(pilot.app.screen_stack) == 1
