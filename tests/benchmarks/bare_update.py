"""Baseline of decisions: a workflow whose update does nothing, on a worker with the product's options.

Run as a process of its own: ``python -m tests.benchmarks.bare_update ADDRESS``. It ends when it is told to.
"""

import asyncio
import signal
import sys

from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

with workflow.unsafe.imports_passed_through():
    from workers.building import DRAIN, build_worker
    from workflows.runtime.exit import exit_process

TASK_QUEUE = "bare-updates"


@workflow.defn
class BareUpdates:
    """Answers updates until it is told to end."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self._over)

    @workflow.update
    async def nothing(self, text: str) -> str:
        """Return what was sent."""
        return text

    @workflow.signal
    def end(self) -> None:
        """End the workflow."""
        self._over = True


async def _work(address: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    worker = build_worker(
        client, task_queue=TASK_QUEUE, workflows=[BareUpdates], activities=[], registered=False, drain=DRAIN
    )
    await worker.run()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit_process(0))
    asyncio.run(_work(sys.argv[1]))
