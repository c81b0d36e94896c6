"""A workflow whose worker was killed replays, also when a query comes before its next workflow task."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Replayer

from tests.support.eventually import eventually
from tests.support.processes import running
from tests.support.temporal import BUILD_ID, fresh
from tests.workers.doomed import Collects
from workflows.runtime.pollers import live_pollers

TIMEOUT = 60
Handle = WorkflowHandle[Collects, list[str]]


async def test_a_query_that_reads_ahead_is_answered_and_the_task_starts_again(client: Client) -> None:
    async with asyncio.timeout(TIMEOUT), read_ahead(client) as handle:
        await handle.signal(Collects.hear, "two")
        assert await handle.result() == ["one", "two"]
    await Replayer(workflows=[Collects], build_id=BUILD_ID).replay_workflow(await handle.fetch_history())


async def test_a_workflow_that_was_terminated_before_its_next_task_goes_on_answering(client: Client) -> None:
    async with asyncio.timeout(TIMEOUT), read_ahead(client) as handle:
        await handle.terminate("by hand")
        assert await handle.query(Collects.heard) == ["one"]


@asynccontextmanager
async def read_ahead(client: Client) -> AsyncIterator[Handle]:
    """Let a query read "one" before its workflow task has begun, since the worker with the workflow was killed."""
    task_queue = fresh("doomed")
    command = [sys.executable, "-m", "tests.workers.doomed", client.service_client.config.target_host, task_queue]
    while True:
        with running(command) as first:
            handle = await client.start_workflow(Collects.run, id=fresh("collects"), task_queue=task_queue)
            heard_nothing = partial(handle.query, Collects.heard)
            await eventually(heard_nothing, lambda heard: heard == [], ignoring=(RPCError,))  # once the worker runs
            with running(command):
                await eventually(lambda: live_pollers(client, task_queue), lambda pollers: len(pollers) == 2)
                first.kill()
                first.wait()
                # Both wait for the dead worker, the query a second less; nothing shows that it has begun to wait.
                answer = asyncio.create_task(handle.query(Collects.heard))
                await asyncio.sleep(1)
                await handle.signal(Collects.hear, "one")
                try:
                    heard = await answer
                except RPCError:  # the server gave it up with the worker that died: once more
                    continue
                if heard == ["one"]:  # else a busy machine let the query go first: once more
                    yield handle
                    return
