"""Resets of workflows, which give them a second run."""

from typing import TypeAlias

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from tests.support.temporal import fresh

Reapply: TypeAlias = ResetReapplyType.ValueType
NOTHING: Reapply = ResetReapplyType.RESET_REAPPLY_TYPE_NONE
SIGNALS: Reapply = ResetReapplyType.RESET_REAPPLY_TYPE_SIGNAL
ALL: Reapply = ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE


async def reset_points(client: Client, workflow_id: str, *, run_id: str | None = None) -> list[int]:
    """Return the events that the latest run, or the one of that ID, can be reset to, in order."""
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    completed = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return [event.event_id for event in history.events if event.event_type == completed]


async def reset(client: Client, workflow_id: str, point: int, *, reapply: Reapply = NOTHING, run_id: str = "") -> None:
    """Reset a workflow's latest run, or the one of that ID."""
    request = ResetWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
        reason="a test",
        workflow_task_finish_event_id=point,
        request_id=fresh("reset"),
        reset_reapply_type=reapply,
    )
    await client.workflow_service.reset_workflow_execution(request)
