"""What begins another run of a workflow, or lets Temporal forget the one before."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from hypothesis import strategies as st
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from tests.support.eventually import eventually
from tests.support.resets import ALL, NOTHING, SIGNALS, Reapply, reset, reset_points


class Kind(StrEnum):
    """How a second run comes about."""

    RESET = "reset"
    REPEAT = "repeat"
    TERMINATE = "terminate"
    FORGET = "forget"


@dataclass(frozen=True)
class Disruption:
    """One of them."""

    kind: Kind
    item: int
    """Which of a system's workflows, counted round."""
    place: float = 0
    """Where a reset goes to: 0 is the first task, 1 the latest."""
    reapply: Reapply = NOTHING


disruptions = st.one_of(
    st.builds(
        Disruption,
        st.just(Kind.RESET),
        st.integers(0, 5),
        st.floats(0, 1, allow_nan=False),
        st.sampled_from([NOTHING, SIGNALS, ALL]),
    ),
    st.builds(Disruption, st.sampled_from([Kind.REPEAT, Kind.TERMINATE, Kind.FORGET]), st.integers(0, 5)),
)


async def status_of(client: Client, workflow_id: str) -> WorkflowExecutionStatus | None:
    """Return the status of the latest run; None where Temporal knows none."""
    try:
        return (await client.get_workflow_handle(workflow_id).describe()).status
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def disrupt(client: Client, workflow_id: str, disruption: Disruption) -> None:
    """Reset, terminate or forget a workflow, where it is there for that."""
    try:
        await _disrupt(client, workflow_id, disruption)
    except RPCError as error:  # it has just ended
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _disrupt(client: Client, workflow_id: str, disruption: Disruption) -> None:
    status = await status_of(client, workflow_id)
    running = status is WorkflowExecutionStatus.RUNNING
    if disruption.kind is Kind.RESET and status is not None:
        points = await reset_points(client, workflow_id)
        if points:
            point = points[round(disruption.place * (len(points) - 1))]
            await reset(client, workflow_id, point, reapply=disruption.reapply)
    elif disruption.kind is Kind.TERMINATE and running:
        await client.get_workflow_handle(workflow_id).terminate("a test")
    elif disruption.kind is Kind.FORGET and status is not None and not running:
        await _forget(client, workflow_id)


async def _forget(client: Client, workflow_id: str) -> None:
    """Delete all runs, as the end of retention does."""
    while await status_of(client, workflow_id) is not None:
        run_id = (await client.get_workflow_handle(workflow_id).describe()).run_id
        execution = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
        request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        await client.workflow_service.delete_workflow_execution(request)
        await eventually(partial(_gone, client, workflow_id, run_id))


async def _gone(client: Client, workflow_id: str, run_id: str) -> bool:
    try:
        await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return True
    return False
