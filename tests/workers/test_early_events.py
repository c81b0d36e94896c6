"""A workflow whose worker was killed goes on as its history says, whoever asks it something meanwhile."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.worker import Replayer

from tests.support.temporal import BUILD_ID, fresh
from tests.workers.doomed import Collects
from workflows.shared.errors import ASK_AGAIN

PATIENCE_SECONDS = 60


@contextmanager
def working(client: Client, task_queue: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker as a process of its own, and kill it after the block."""
    address = client.service_client.config.target_host
    process = subprocess.Popen([sys.executable, "-m", "tests.workers.doomed", address, task_queue])  # noqa: S603 - ours
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until_there_are(count: int, client: Client, task_queue: str) -> None:
    """Wait until so many workers ask for tasks."""
    question = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    while True:
        answer = await client.workflow_service.describe_task_queue(question)
        if len({poller.identity for poller in answer.pollers}) == count:
            return
        await asyncio.sleep(0.1)


async def test_what_a_query_brings_too_early_happens_with_its_task(client: Client) -> None:
    task_queue = fresh("doomed")
    async with asyncio.timeout(PATIENCE_SECONDS):
        with working(client, task_queue) as first:
            handle = await client.start_workflow(Collects.run, id=fresh("collects"), task_queue=task_queue)
            assert await handle.query(Collects.heard) == []
            with working(client, task_queue):
                await until_there_are(2, client, task_queue)
                first.kill()
                first.wait()
                # Both wait for the dead worker, the query a second less; nothing tells that it has begun to wait.
                asked = asyncio.create_task(handle.query(Collects.heard))
                await asyncio.sleep(1)
                await handle.signal(Collects.hear, "one")
                with pytest.raises(WorkflowQueryFailedError, match=ASK_AGAIN):
                    await asked
                await handle.signal(Collects.hear, "two")
                assert await handle.result() == ["one", "two"]
        await Replayer(workflows=[Collects], build_id=BUILD_ID).replay_workflow(await handle.fetch_history())
