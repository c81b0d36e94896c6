"""Live pollers of a task queue, as the server reports them."""

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.runtime.identity import is_gone
from workflows.shared.client import CALL_TIMEOUT

MAX_SILENCE = timedelta(seconds=75)
"""A poll lasts 60 s at most, so a silent worker is gone. The server forgets it minutes later."""


async def live_pollers(client: Client, task_queue: str) -> set[str]:
    """Return the identities of the live workers of a task queue; none without the permission to ask.

    Raises ``RPCError`` when the server cannot be reached.
    """
    try:
        return await seen_pollers(client, task_queue)
    except RPCError as error:
        if error.status is RPCStatusCode.PERMISSION_DENIED:
            return set()
        raise


async def seen_pollers(client: Client, task_queue: str) -> set[str]:
    """Return the identities of the live workers of a task queue. Raises ``RPCError``, also without the permission."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=CALL_TIMEOUT)
    oldest = datetime.now(UTC) - MAX_SILENCE
    seen_lately = (poller for poller in answer.pollers if poller.last_access_time.ToDatetime(UTC) > oldest)
    return {poller.identity for poller in seen_lately if not is_gone(poller.identity)}
