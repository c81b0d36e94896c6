"""Live pollers of a task queue, as the server reports them."""

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.runtime.identity import process_of
from workflows.shared.client import CALL_TIMEOUT

MAX_SILENCE = timedelta(seconds=75)
"""A poll lasts 60 s at most, so a silent worker is gone. The server forgets it minutes later."""


async def live_pollers(client: Client, task_queue: str) -> set[str]:
    """Return the identities of the live workers of a task queue; none without the permission to ask.

    Raises:
        RPCError: the server cannot be reached.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.PERMISSION_DENIED:
            return set()
        raise
    return {poller.identity for poller in answer.pollers if _polls(poller)}


def _polls(poller: PollerInfo) -> bool:
    process = process_of(poller.identity)
    if process is not None and process.gone:
        return False
    return datetime.now(UTC) - poller.last_access_time.ToDatetime(UTC) < MAX_SILENCE
