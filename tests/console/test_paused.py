"""Runs that Temporal itself holds up: paused ones, and ones whose workflow task fails again and again."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from console.details.paused import paused
from console.gateway.listing import Listing
from console.gateway.query import ATTENTION, ServerFilter, filtered
from console.gateway.rows import PROBLEMS, RUNNING, Row, RowKey, read_row
from console.listing.cells import stage
from console.systems.orders.system import ORDERS
from tests.support.console_app import running_console
from tests.support.orders import Shop
from tests.support.pauses import pause, unpause
from tests.support.visibility import fresh_kind, gateway, publish, until_listed
from workflows.orders.client import workflow_id


async def test_a_paused_order_says_what_to_do_and_the_console_goes_on(shop: Shop) -> None:
    request = await shop.start()
    id_ = workflow_id(request.order_id)
    async with running_console(shop.client) as console:
        await console.focus(id_, "◔ AWAITING PAYMENT")
        await pause(shop.client, id_)
        await console.until(lambda: "▲ paused" in console.list_text)
        await console.until(lambda: f"temporal workflow unpause --workflow-id {id_}" in console.details)
        said = " ".join(console.details.split())
        assert "the payment window still ends at" in said
        assert "what stands below is from before the pause" in said
        await console.until(lambda: re.search("Extend payment window(.|\n)+it is paused in Temporal", console.details))
        await unpause(shop.client, id_)
        await console.until(lambda: "▲ paused" not in console.list_text)
        await console.until(lambda: "unpause" not in console.details and "AWAITING PAYMENT" in console.details)


def test_a_paused_row_that_never_answered_says_what_it_published_last() -> None:
    due = datetime(2030, 1, 1, 14, 2, tzinfo=UTC)
    row = Row(RowKey("order-1", "r"), "1", due, paused=True, stage="PAID", title="Ada [b]\x1b[31m")
    row = replace(row, due_at=due, waiting_for=("x",))
    said = " ".join(paused(row, ORDERS, due - timedelta(hours=1), 60, answered=False).plain.split())
    assert "Last published Ada [b] it was paid it is due at" in said
    assert "the time limit of this stage still ends at" in said
    assert "payments and cancellations that come are kept for" in said


async def test_a_paused_request_still_waits_for_its_people(client: Client) -> None:
    kind = fresh_kind()
    await publish(client, kind, "one", waiting_for=("ben",))
    await pause(client, f"{kind.id_prefix}one")
    await until_listed(client, f"{kind.query} AND ExecutionStatus = 'Paused'", 1)
    await until_listed(client, filtered(kind, ServerFilter(ATTENTION)), 1)
    listing = Listing(gateway(client), kind)
    listing.choose(ServerFilter(waiting_for="ben"))
    (row,) = (await listing.refresh()).rows
    assert (row.paused, row.broken, row.closed) == (True, None, False)
    assert row.needs_attention


async def test_a_workflow_task_that_keeps_failing_is_marked() -> None:
    info = WorkflowExecutionInfo(
        execution=WorkflowExecution(workflow_id="order-1", run_id="r"), status=RUNNING, start_time=Timestamp(seconds=1)
    )
    problems = b'["category=WorkflowTaskFailed","cause=WorkflowTaskFailedCauseUnhandledFailure"]'
    info.search_attributes.indexed_fields[PROBLEMS].CopyFrom(Payload(data=problems))
    row = await read_row(info, fresh_kind(), pydantic_data_converter)
    assert row.task_failing
    assert row.needs_attention
    assert stage([])(row, datetime.now(UTC)).text == "▲ task failing"
