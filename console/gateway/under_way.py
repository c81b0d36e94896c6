"""What a run is doing now."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client

from console.gateway.health import CALL_TIMEOUT

TASK = "a workflow task"


async def read_under_way(client: Client, workflow_id: str) -> str:
    """Return what the latest run has pending, such as ``the activity ship``; empty if nothing but timers."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    answer = await client.workflow_service.describe_workflow_execution(request, timeout=CALL_TIMEOUT)
    if answer.pending_activities:
        return f"the activity {answer.pending_activities[0].activity_type.name}"
    return TASK if answer.HasField("pending_workflow_task") else ""
