"""The calls that the inbox costs, on answers made here."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsResponse
from temporalio.contrib.pydantic import pydantic_data_converter

from console.gateway.gateway import Gateway
from console.inbox.queries import PROBLEMS
from console.inbox.reader import InboxReader
from console.registry import SYSTEMS
from workflows.orders.models import OrderStatus
from workflows.shared.errors import RefusedError

RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
TERMINATED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED


def run(name: str, run_id: str, status: WorkflowExecutionStatus.ValueType, start: int = 1) -> WorkflowExecutionInfo:
    info = WorkflowExecutionInfo(
        execution=WorkflowExecution(workflow_id=f"order-{name}", run_id=run_id),
        status=status,
        start_time=Timestamp(seconds=start),
        close_time=Timestamp(seconds=start + 1) if status != RUNNING else None,
    )
    stage = f'"{OrderStatus.AWAITING_PAYMENT.value}"'.encode()
    info.search_attributes.indexed_fields["BizStage"].CopyFrom(Payload(data=stage))
    return info


class FakeGateway:
    """Answers List calls by what their query asks for, and Count calls while the budget lasts."""

    operator = "chen"
    converter = pydantic_data_converter

    def __init__(
        self, ended: Sequence[WorkflowExecutionInfo] = (), others: Sequence[WorkflowExecutionInfo] = ()
    ) -> None:
        self.ended, self.others = ended, others
        self.lists: list[str] = []
        self.counts: list[str] = []
        self.knows_problems = True
        self.left = 100

    @property
    def budget(self) -> SimpleNamespace:
        """Whether a call is left."""
        return SimpleNamespace(left=self.left > 0)

    async def list_page(self, query: str, **_: int) -> ListWorkflowExecutionsResponse:
        """Answer, as the gateway does."""
        self.lists.append(query)
        if not self.knows_problems and PROBLEMS in query:
            raise RefusedError(f"invalid search attribute: {PROBLEMS}", "INVALID_ARGUMENT")
        orders = "OrderWorkflow" in query
        found = self.ended if "'Terminated'" in query else self.others if "WorkflowId IN" in query else ()
        return ListWorkflowExecutionsResponse(executions=found if orders else ())

    async def count(self, query: str) -> int | None:
        """Count nothing."""
        if self.left <= 0:
            return None
        self.left -= 1
        self.counts.append(query)
        return 0


def reader(gateway: FakeGateway) -> InboxReader:
    return InboxReader(cast("Gateway", cast("Any", gateway)), SYSTEMS)


async def test_a_refresh_costs_one_list_call_for_each_system() -> None:
    gateway = FakeGateway(ended=[run("1", "a", TERMINATED)])
    inbox = reader(gateway)
    for number in range(1, 6):
        await inbox.refresh()
        assert len(gateway.lists) == number * len(SYSTEMS)


@pytest.mark.parametrize(("others", "shown"), [((), ["a"]), ((run("1", "b", RUNNING, start=9),), [])])
async def test_a_run_that_was_ended_is_shown_unless_another_one_has_replaced_it(
    others: Sequence[WorkflowExecutionInfo], shown: list[str]
) -> None:
    gateway = FakeGateway([run("1", "a", TERMINATED)], others)
    inbox = reader(gateway)
    await inbox.refresh()
    assert not (await inbox.refresh()).items  # read, and not checked yet
    assert [item.row.key.run_id for item in (await inbox.refresh()).items] == shown
    assert inbox.total == len(shown)
    assert [item.row.key.run_id for item in (await reader(gateway).read_all()).items] == shown


async def test_a_server_that_does_not_know_failing_tasks_is_asked_without_them() -> None:
    gateway = FakeGateway()
    gateway.knows_problems = False
    inbox = reader(gateway)
    assert (await inbox.refresh()).read
    gateway.lists.clear()
    for _ in range(3):
        await inbox.refresh()
    assert not [query for query in gateway.lists if PROBLEMS in query]


async def test_counting_goes_on_where_the_budget_ended_it() -> None:
    gateway = FakeGateway()
    inbox = reader(gateway)
    gateway.left = 2
    await inbox.count()
    assert (inbox.total, inbox.count_age) == (None, None)
    while inbox.total is None:
        gateway.left = 2
        await inbox.count()
    assert inbox.total == 0
    assert inbox.count_age is not None
    assert all(any(kind.client.workflow_type in query for query in gateway.counts) for kind in SYSTEMS)
