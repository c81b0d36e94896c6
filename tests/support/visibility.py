"""Workflows that a list shows, without a worker: what they would publish of themselves is given at their start."""

from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from console.gateway.gateway import Gateway
from console.gateway.query import WorkflowKind
from tests.support.console_app import FixedSession, session_state
from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workflows.shared import summary


def fresh_kind() -> WorkflowKind:
    """Return workflows of a type, and of IDs, that no other test has."""
    name = fresh("Type")
    return WorkflowKind("test", name, f"{name}-")


def gateway(client: Client, *, page_size: int = 200, attributes: bool | None = True) -> Gateway:
    """Return a gateway to a server."""
    session = FixedSession(client, session_state(search_attributes=attributes))
    return Gateway(session, operator="chen", page_size=page_size)


async def publish(  # noqa: PLR0913 - what a workflow publishes
    client: Client,
    kind: WorkflowKind,
    business_id: str,
    *,
    stage: str = "OPEN",
    owner: str = "ada",
    title: str = "A thing",
    amount: int | None = None,
    attention: str | None = None,
    waiting_for: tuple[str, ...] = (),
    task_queue: str = "nobody",
) -> str:
    """Start a workflow that nobody runs, with its summary, and return its run ID."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(summary.STAGE, stage),
        SearchAttributePair(summary.STAGE_SINCE, datetime.now(UTC)),
        SearchAttributePair(summary.OWNER, owner),
    ]
    pairs += [SearchAttributePair(summary.AMOUNT, amount)] if amount is not None else []
    pairs += [SearchAttributePair(summary.ATTENTION, attention)] if attention else []
    pairs += [SearchAttributePair(summary.WAITING_FOR, waiting_for)] if waiting_for else []
    handle = await client.start_workflow(
        kind.workflow_type,
        id=f"{kind.id_prefix}{business_id}",
        task_queue=task_queue,
        search_attributes=TypedSearchAttributes(pairs),
        memo={"title": title, "currency": "USD", "note": "a note"},
    )
    assert handle.first_execution_run_id is not None
    return handle.first_execution_run_id


async def delete(client: Client, workflow_id: str) -> None:
    """Delete a workflow, as if it had never been."""
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
    )
    await client.workflow_service.delete_workflow_execution(request)


async def until_listed(client: Client, query: str, count: int) -> None:
    """Wait until the server's list has so many: lists lag."""
    await eventually(lambda: client.count_workflows(query), lambda listed: listed.count == count)
