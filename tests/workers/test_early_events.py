"""A workflow whose worker was killed replays, also when a query comes before its next workflow task."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.worker import Replayer

from tests.support.eventually import eventually
from tests.support.temporal import BUILD_ID, fresh
from tests.workers.doomed import Collects
from workflows.runtime.pollers import live_pollers
from workflows.shared.errors import ASK_AGAIN

TIMEOUT = 60


@contextmanager
def working(client: Client, task_queue: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker process during the block, then kill it."""
    address = client.service_client.config.target_host
    process = subprocess.Popen([sys.executable, "-m", "tests.workers.doomed", address, task_queue])  # noqa: S603 - ours
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_events_of_an_unstarted_task_wait_for_that_task(client: Client) -> None:
    task_queue = fresh("doomed")
    async with asyncio.timeout(TIMEOUT):
        with working(client, task_queue) as first:
            handle = await client.start_workflow(Collects.run, id=fresh("collects"), task_queue=task_queue)
            assert await handle.query(Collects.heard) == []
            with working(client, task_queue):
                await eventually(lambda: live_pollers(client, task_queue), lambda pollers: len(pollers) == 2)
                first.kill()
                first.wait()
                # Both wait for the dead worker, the query a second less; nothing shows that it has begun to wait.
                asked = asyncio.create_task(handle.query(Collects.heard))
                await asyncio.sleep(1)
                await handle.signal(Collects.hear, "one")
                with pytest.raises(WorkflowQueryFailedError, match=ASK_AGAIN):
                    await asked
                await handle.signal(Collects.hear, "two")
                assert await handle.result() == ["one", "two"]
        await Replayer(workflows=[Collects], build_id=BUILD_ID).replay_workflow(await handle.fetch_history())
