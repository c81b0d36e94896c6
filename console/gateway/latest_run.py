"""The latest run of a workflow ID, which need not be searchable."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from console.gateway.health import CALL_TIMEOUT
from console.gateway.rows import RowKey


async def find_latest_run(client: Client, workflow_id: str) -> RowKey | None:
    """Return the latest run of a workflow ID, None if there is none. Raises ``RPCError``."""
    execution = WorkflowExecution(workflow_id=workflow_id)
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    try:
        answer = await client.workflow_service.describe_workflow_execution(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return RowKey(workflow_id, answer.workflow_execution_info.execution.run_id)
