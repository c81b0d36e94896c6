"""Whether workers poll the task queues already, so that we need not start any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.shared.client import CALL_TIMEOUT
from workflows.shared.identity import process_of

SILENT = timedelta(seconds=75)
"""A poll waits 60 seconds at most: a worker that has not come back for longer is gone. The server forgets it later."""


@dataclass(frozen=True)
class Pollers:
    """Which task queues have live workers."""

    live: Mapping[str, bool]

    @property
    def everywhere(self) -> bool:
        """Whether every task queue has one."""
        return all(self.live.values())

    def line(self) -> str:
        """Return it for people."""
        missing = [queue for queue, live in self.live.items() if not live]
        if not missing:
            return "workers run elsewhere"
        return "no workers" if len(missing) == len(self.live) else f"no worker for {', '.join(missing)}"


async def look_for_pollers(client: Client, task_queues: Sequence[str]) -> Pollers:
    """Ask the server who polls. Where we may not ask, nobody is taken to.

    Raises:
        RPCError: the server cannot be reached.
    """
    return Pollers({queue: await _is_live(client, queue) for queue in task_queues})


async def _is_live(client: Client, task_queue: str) -> bool:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.PERMISSION_DENIED:
            return False
        raise
    return any(_polls(poller) for poller in answer.pollers)


def _polls(poller: PollerInfo) -> bool:
    process = process_of(poller.identity)
    if process is not None and process.gone:
        return False
    return datetime.now(UTC) - poller.last_access_time.ToDatetime(UTC) < SILENT
