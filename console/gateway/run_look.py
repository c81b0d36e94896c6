"""What the server says of one run, and the input with which its workflow was started."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
)
from temporalio.client import Client

from console.gateway.events.description import RunDescription, describe
from console.gateway.health import CALL_TIMEOUT
from console.gateway.query import WorkflowKind
from console.gateway.rows import Row, RowKey, read_row
from workflows.shared.errors import NotFoundError, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class RunLook:
    """A run as the server describes it: also what its workflow published last, whether or not it answers now."""

    run: RunDescription
    row: Row
    first_run_id: str
    """Of the run with which the workflow began."""


async def look_at_run(client: Client, key: RowKey, kind: WorkflowKind) -> RunLook:
    """Describe a run, the latest one where the run ID is empty. Raises ``RPCError``."""
    execution = WorkflowExecution(workflow_id=key.workflow_id, run_id=key.run_id)
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    answer = await client.workflow_service.describe_workflow_execution(request, timeout=CALL_TIMEOUT)
    info = answer.workflow_execution_info
    row = await read_row(info, kind, client.data_converter)
    return RunLook(describe(answer), row, info.first_run_id or info.execution.run_id)


async def can_pause(client: Client) -> bool:
    """Return whether the server can pause workflows. Raises ``RPCError``."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    answer = await client.workflow_service.describe_namespace(request, timeout=CALL_TIMEOUT)
    return answer.namespace_info.capabilities.workflow_pause


async def read_input(client: Client, key: RowKey, model: type[ModelT]) -> ModelT:
    """Return what a run was started with.

    Raises:
        RPCError: the server cannot be reached, or has deleted the run.
        RefusedError: it is no ``model``, or it cannot be decoded here.
    """
    execution = WorkflowExecution(workflow_id=key.workflow_id, run_id=key.run_id)
    request = GetWorkflowExecutionHistoryRequest(namespace=client.namespace, execution=execution, maximum_page_size=1)
    answer = await client.workflow_service.get_workflow_execution_history(request, timeout=CALL_TIMEOUT)
    if not answer.history.events:
        raise NotFoundError(f"the server does not have the begin of {key.workflow_id} any more")
    payloads = answer.history.events[0].workflow_execution_started_event_attributes.input.payloads
    try:
        (found,) = await client.data_converter.decode(payloads[:1], [model])
    except Exception as error:  # a codec or a foreign payload may fail in any way
        raise RefusedError(f"its input cannot be read here: {error}", "InvalidRequest") from error
    if not isinstance(found, model):
        raise RefusedError(f"its input is no {model.__name__}", "InvalidRequest")
    return found
