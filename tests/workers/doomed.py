"""A worker process that a test kills: ``python -m tests.workers.doomed ADDRESS TASK_QUEUE``."""

import asyncio
import sys
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from tests.support.temporal import BUILD_ID
    from workers.guards import GuardingRunner

STICKY = timedelta(seconds=4)
"""How long a task waits for the worker that has the workflow cached; 10 s by default."""


@workflow.defn
class Collects:
    """Collects two words, with a timer after the first if it comes alone."""

    def __init__(self) -> None:
        self._heard: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        """Return both."""
        await workflow.wait_condition(lambda: bool(self._heard))
        if len(self._heard) == 1:
            await workflow.sleep(timedelta(milliseconds=1))
        await workflow.wait_condition(lambda: len(self._heard) == 2)
        return self._heard

    @workflow.signal
    def hear(self, word: str) -> None:
        """Add a word."""
        self._heard.append(word)

    @workflow.query
    def heard(self) -> list[str]:
        """Return the words so far."""
        return self._heard


async def main(address: str, task_queue: str) -> None:
    """Run until killed."""
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[Collects],
        workflow_runner=GuardingRunner(),
        sticky_queue_schedule_to_start_timeout=STICKY,
        build_id=BUILD_ID,
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
