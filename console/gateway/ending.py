"""Why a run failed or was terminated, in its own words."""

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistoryEventFilterType
from temporalio.exceptions import ActivityError, ChildWorkflowError, FailureError

from console.gateway.rows import RowKey


async def read_ending(client: Client, key: RowKey) -> str:
    """Return why a closed run failed, or the reason given when it was terminated; empty if there is none.

    Raises:
        RPCError: the server cannot be reached, or has deleted the run.
    """
    handle = client.get_workflow_handle(key.workflow_id, run_id=key.run_id)
    close = WorkflowHistoryEventFilterType.CLOSE_EVENT
    async for event in handle.fetch_history_events(event_filter_type=close):
        return await _words(event, client)
    return ""


async def _words(event: HistoryEvent, client: Client) -> str:
    if event.HasField("workflow_execution_terminated_event_attributes"):
        return event.workflow_execution_terminated_event_attributes.reason
    if not event.HasField("workflow_execution_failed_event_attributes"):
        return ""
    failure = event.workflow_execution_failed_event_attributes.failure
    error: BaseException = await client.data_converter.decode_failure(failure)
    while isinstance(error, ActivityError | ChildWorkflowError) and error.cause is not None:
        error = error.cause  # the wrapper only says that something failed; the cause says what
    return error.message if isinstance(error, FailureError) else str(error)
