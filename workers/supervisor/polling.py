"""Whether a worker truly polls: the server is asked, since a worker that has only started may never get there."""

import asyncio

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.shared.client import CALL_TIMEOUT

POLL_INTERVAL = 0.1
KINDS = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)


class PollingWatch:
    """Sees one worker's polls arrive. The server remembers old ones for minutes, so only newer ones count."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._before: dict[int, int] = {}

    async def remember(self) -> None:
        """Note which polls the server knows of already; call it before the worker starts."""
        for kind in KINDS:
            self._before[kind] = await self._last_poll(kind)

    async def wait(self) -> None:
        """Return when the server has seen newer polls, for workflows and for activities."""
        for kind in KINDS:
            while await self._last_poll(kind) <= self._before.get(kind, 0):  # noqa: ASYNC110 - nobody tells us of it
                await asyncio.sleep(POLL_INTERVAL)

    async def _last_poll(self, kind: TaskQueueType.ValueType) -> int:
        """Return when this worker polled last by the server's clock, in nanoseconds; 0 when it never did."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace, task_queue=TaskQueue(name=self._task_queue), task_queue_type=kind
        )
        try:
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=CALL_TIMEOUT)
        except RPCError as error:
            if error.status is RPCStatusCode.PERMISSION_DENIED:
                return self._before.get(kind, 0) + 1  # whoever may not look takes the worker's word for it
            return 0
        polls = [poller.last_access_time for poller in answer.pollers if poller.identity == self._client.identity]
        return max((poll.ToNanoseconds() for poll in polls), default=0)
