"""Runs that ended as no rule foresaw: what the details say of them, and that nothing is offered any more."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.approvals import Channel, StaffDirectory, approvals_worker, leave
from tests.support.console_app import active, details, focus, receipt, running_console, until
from tests.support.orders import orders_worker, stocked
from tests.support.screen import chips, footer
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


async def test_a_start_that_does_not_fit_shows_the_run_s_own_words(temporal: Client) -> None:
    started = order_workflow_id(fresh("ORD"))
    await temporal.start_workflow(ORDER, {}, id=started, task_queue=ORDERS_QUEUE)
    async with running_console(temporal, "chen") as pilot:
        await focus(pilot, started, "▲ failed: order_id: Field required; customer: Field required")
        assert "ended from outside" not in details(pilot)
        assert "Python SDK" not in details(pilot)
        await pilot.press("c")
        await until(pilot, lambda: receipt(pilot).endswith("not now, this run failed"), "why not")


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
        assert active(pilot).focused_row.broken is None


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
