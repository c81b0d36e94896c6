"""What Temporal knows of workflows: the latest run of each, many IDs a List call."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.converter import JSONPlainPayloadConverter
from temporalio.service import RPCError, RPCStatusCode

from workflows.shared import summary
from workflows.shared.list_filter import quote, searchable
from workflows.shared.runs import run_rank

IDS_A_CALL = 100
PAGE = 500
TIMEOUT = timedelta(seconds=30)
NOT_CONTINUED = "ExecutionStatus != 'ContinuedAsNew'"
CLOSED = {
    "TERMINATED": "was terminated",
    "CANCELED": "was cancelled in Temporal",
    "TIMED_OUT": "timed out",
    "FAILED": "failed",
    "COMPLETED": "has ended without a record",
}

_JSON = JSONPlainPayloadConverter()


@dataclass(frozen=True)
class Run:
    """The latest run of a workflow. ``stage`` and what follows is as far as it was published."""

    workflow_id: str
    run_id: str
    running: bool
    """Whether it is open, be it paused."""
    status: str
    started_at: datetime
    stage: str | None = None
    amount: int | None = None
    stage_since: datetime | None = None

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """Sort key of the runs of one workflow."""
        return run_rank(self.started_at, is_open=self.running, failed=self.status == "FAILED")

    @property
    def words(self) -> str:
        """How it stands, for people."""
        return "runs" if self.running else CLOSED.get(self.status, self.status.lower())


class Runs:
    """Reads runs by List."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def find(self, workflow_ids: Iterable[str]) -> dict[str, Run]:
        """Return the latest run of each workflow that Temporal knows; one that failed only where there is no other."""
        found: dict[str, Run] = {}
        wanted = set(workflow_ids)
        unlistable = {each for each in wanted if not searchable(each)}
        for each in unlistable:
            if run := await self._describe(each):
                found[each] = run
        for some in _chunks(sorted(wanted - unlistable), IDS_A_CALL):
            listed = ", ".join(quote(each) for each in some)
            async for page in self.pages(f"WorkflowId IN ({listed})"):
                for run in page:
                    known = found.get(run.workflow_id)
                    if known is None or run.rank > known.rank:
                        found[run.workflow_id] = run
        return found

    async def _describe(self, workflow_id: str) -> Run | None:
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
        try:
            answer = await self._client.workflow_service.describe_workflow_execution(
                request, retry=True, timeout=TIMEOUT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return _run(answer.workflow_execution_info)

    async def pages(self, query: str) -> AsyncIterator[list[Run]]:
        """Return the runs that match, page by page."""
        token = b""
        while True:
            request = ListWorkflowExecutionsRequest(
                namespace=self._client.namespace,
                page_size=PAGE,
                next_page_token=token,
                query=f"{query} AND {NOT_CONTINUED}",
            )
            # Not the SDK's list_workflows: it knows no paused workflow.
            answer = await self._client.workflow_service.list_workflow_executions(request, retry=True, timeout=TIMEOUT)
            yield [_run(info) for info in answer.executions]
            token = answer.next_page_token
            if not token:
                return


def _run(info: WorkflowExecutionInfo) -> Run:
    fields = info.search_attributes.indexed_fields
    values: dict[str, Any] = {name: _JSON.from_payload(payload) for name, payload in fields.items()}
    since = values.get(summary.STAGE_SINCE.name)
    return Run(
        workflow_id=info.execution.workflow_id,
        run_id=info.execution.run_id,
        running=not info.HasField("close_time"),
        status=WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_"),
        started_at=info.start_time.ToDatetime(tzinfo=UTC),
        stage=values.get(summary.STAGE.name),
        amount=values.get(summary.AMOUNT.name),
        stage_since=datetime.fromisoformat(since) if since else None,
    )


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
