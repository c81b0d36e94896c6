"""Pauses workflows as `temporal workflow pause` does."""

from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest, UnpauseWorkflowExecutionRequest
from temporalio.client import Client

from tests.support.temporal import fresh


async def pause(client: Client, workflow_id: str) -> None:
    """Pause a workflow."""
    request = PauseWorkflowExecutionRequest(
        namespace=client.namespace, workflow_id=workflow_id, reason="a test", request_id=fresh("pause")
    )
    await client.workflow_service.pause_workflow_execution(request)


async def unpause(client: Client, workflow_id: str) -> None:
    """Let a paused workflow go on."""
    request = UnpauseWorkflowExecutionRequest(
        namespace=client.namespace, workflow_id=workflow_id, reason="a test", request_id=fresh("unpause")
    )
    await client.workflow_service.unpause_workflow_execution(request)
