"""Memory of list and screen after an hour of changes: the server's answers are made here, as fast as they are read."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import psutil
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsResponse
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from textual.app import App, ComposeResult
from textual.content import Content

from console.design.theme import DARK
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.listing.row_list import RowList
from console.systems.orders.system import ORDERS as ORDERS_SYSTEM
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.support.console_app import FixedSession
from workflows.orders.models import OrderStatus
from workflows.shared import summary

ROWS = 200
A_SECOND = 50
HOUR = 3_600
"""Refreshes, one a second."""
WARM_UP = 400
"""Refreshes until everything has been used once."""
NEW_EVERY = 10
"""Refreshes between two new workflows, which push the oldest out."""
AIM_MEGABYTES = 3.0
MEGABYTE = 1e6


class ChangingGateway(Gateway):
    """Answers with rows of which 50 have changed since the last answer, and some are new."""

    def __init__(self) -> None:
        client = cast("Client", SimpleNamespace(data_converter=pydantic_data_converter, namespace="default"))
        super().__init__(FixedSession(client), operator="ada", page_size=ROWS)
        self._calls = count()
        self._changed = count()
        self._newest = ROWS
        self._stages = [OrderStatus.SHIPPED] * ROWS

    async def list_page(
        self,
        query: str,  # noqa: ARG002 - as all that follow: those of a real one
        token: bytes = b"",  # noqa: ARG002
        size: int | None = None,  # noqa: ARG002
    ) -> ListWorkflowExecutionsResponse:
        """Return the next answer."""
        for _ in range(A_SECOND):
            index = next(self._changed) % ROWS
            known = self._stages[index]
            self._stages[index] = OrderStatus.FULFILLING if known is OrderStatus.SHIPPED else OrderStatus.SHIPPED
        if next(self._calls) % NEW_EVERY == 0:
            self._newest += 1
        return ListWorkflowExecutionsResponse(
            executions=[
                _info(number, self._stages[number % ROWS]) for number in range(self._newest, self._newest - ROWS, -1)
            ]
        )


def _info(number: int, stage: OrderStatus) -> WorkflowExecutionInfo:
    info = WorkflowExecutionInfo(
        execution=WorkflowExecution(workflow_id=f"order-ORD-{number:06}", run_id=f"run-{number}"),
        status=WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    )
    info.start_time.FromSeconds(1_738_336_580 + number)
    info.search_attributes.indexed_fields[summary.STAGE.name].CopyFrom(Payload(data=f'"{stage}"'.encode()))
    title = pydantic_data_converter.payload_converter.to_payload(f"Ada Lovelace {number}")
    info.memo.fields[summary.MEMO_TITLE].CopyFrom(title)
    return info


class Rows(App[None]):
    """The list alone."""

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield RowList("Orders", ORDERS_SYSTEM.columns)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the console's colours."""
        return DARK.variables


def measure(_: Place, say: Callable[[str], None]) -> Sequence[Figure]:
    """Let an hour pass."""
    return [asyncio.run(_measure(say))]


async def _measure(say: Callable[[str], None]) -> Figure:
    used: dict[int, float] = {}
    started = datetime.now(UTC)
    async with Rows().run_test(size=(160, 45)) as pilot:
        listed: Any = pilot.app.query_one(RowList)
        listing = Listing(ChangingGateway(), ORDERS_SYSTEM.kind)
        for number in range(1, HOUR + 1):
            snapshot = await listing.refresh()
            listed.show(snapshot.rows, anew=False, when_empty=Content())
            if number % 60 == 0:
                await pilot.press("down")
            await asyncio.sleep(0)
            if number in {WARM_UP, HOUR // 2, HOUR}:
                used[number] = psutil.Process().memory_full_info().uss / MEGABYTE
    say(f"an hour took {(datetime.now(UTC) - started).total_seconds():.0f} s")
    grown = used[HOUR] - used[WARM_UP]
    return Figure(
        what=f"memory after an hour of {A_SECOND} changes a second",
        measured=f"{used[HOUR]:.1f} MB, {grown:+.1f} MB since {WARM_UP} s; at half-time {used[HOUR // 2]:.1f} MB",
        aim=f"{AIM_MEGABYTES:g} MB more at most",
        within=grown <= AIM_MEGABYTES,
    )
