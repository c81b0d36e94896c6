"""What came after an order had ended: payments and refunds tell what became of them, since the order runs no more."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.converter import JSONPlainPayloadConverter
from temporalio.service import RPCError, RPCStatusCode

from workflows.orders.views.models import Late
from workflows.shared import summary
from workflows.shared.list_filter import quote, searchable

FAILED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED
REFUSED = "REFUSED"
"""Stage of what failed with one line, and moved nothing."""

MAX_SHOWN = 20
"""The latest ones: one page of one List call."""
MAX_SEARCHED = 1_000
TIMEOUT = timedelta(seconds=10)
CANNOT_SEARCH = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)
"""Answers of the time-skipping server, and of a namespace without our search attributes."""
ATTRIBUTES = JSONPlainPayloadConverter()
"""Search attributes are never encrypted."""


@dataclass(frozen=True)
class LateKind:
    """Workflows about an order that run after its end: their type, and what is told of them."""

    workflow_type: str
    id_prefix: str
    row: type[Late]
    id_field: str


async def came_late(client: Client, order_id: str, ended_at: datetime, *kinds: LateKind) -> list[Late]:
    """Return the payments and refunds of an order that were started after its end, oldest first, by one List call.

    None are found where the server cannot search for them. Where it cannot search for the order's ID, only the latest
    ``MAX_SEARCHED`` of all orders are looked at.

    Raises:
        RPCError: the server did not answer.
    """
    owner = summary.fitting(order_id)
    by_server = searchable(owner)
    whose = f" AND {summary.OWNER.name} = {quote(owner)}" if by_server else ""
    types = ", ".join(quote(kind.workflow_type) for kind in kinds)
    request = ListWorkflowExecutionsRequest(
        namespace=client.namespace,
        page_size=MAX_SHOWN if by_server else MAX_SEARCHED,
        query=f"WorkflowType IN ({types}) AND StartTime > {quote(ended_at.isoformat())}{whose}",
    )
    # Not the SDK's list_workflows: it knows no paused workflow.
    try:
        answer = await client.workflow_service.list_workflow_executions(request, retry=True, timeout=TIMEOUT)
    except RPCError as error:
        if error.status in CANNOT_SEARCH:
            return []
        raise
    of_the_order = [info for info in answer.executions if _attributes(info).get(summary.OWNER.name) == owner]
    by_type = {kind.workflow_type: kind for kind in kinds}
    found = [await _tell(client, info, by_type[info.type.name]) for info in of_the_order[:MAX_SHOWN]]
    return sorted(found, key=lambda one: one.came_at)


def _attributes(info: WorkflowExecutionInfo) -> dict[str, Any]:
    fields = info.search_attributes.indexed_fields
    return {name: ATTRIBUTES.from_payload(payload) for name, payload in fields.items()}


async def _tell(client: Client, info: WorkflowExecutionInfo, kind: LateKind) -> Late:
    attributes = _attributes(info)
    fields = info.memo.fields
    memo = dict(zip(fields, await client.data_converter.decode(list(fields.values())), strict=True))
    told = {
        kind.id_field: info.execution.workflow_id.removeprefix(kind.id_prefix),
        "came_at": info.start_time.ToDatetime(tzinfo=UTC),
        "stage": REFUSED if info.status == FAILED else attributes.get(summary.STAGE.name),
        "amount": attributes.get(summary.AMOUNT.name),
        "currency": memo.get(summary.MEMO_CURRENCY),
        "reason": memo.get(summary.MEMO_NOTE) or "",
    }
    return kind.row.model_validate(told)
