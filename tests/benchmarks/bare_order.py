"""Baseline of orders: a workflow of as many empty activities, on a worker with the product's options.

Run as a process of its own: ``python -m tests.benchmarks.bare_order ADDRESS``. It ends when it is told to.
"""

import asyncio
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

with workflow.unsafe.imports_passed_through():
    from workers.building import DRAIN, build_worker
    from workflows.runtime.exit import exit_process

TASK_QUEUE = "bare-orders"
TIMEOUT = timedelta(seconds=30)


@dataclass(frozen=True)
class Activities:
    """Number of activities of a workflow: ``ordinary`` ones through the server, ``local`` ones in the worker."""

    ordinary: int
    local: int


@activity.defn
async def nothing(number: int) -> int:
    """Return at once."""
    return number


@workflow.defn
class BareOrder:
    """Waits for one signal, as an order waits for its payment, and runs its activities one after the other."""

    def __init__(self) -> None:
        self._paid = False

    @workflow.run
    async def run(self, activities: Activities) -> int:
        """Run the activities, and return how many there were."""
        done = 0
        for _ in range(activities.local):
            await workflow.execute_local_activity(nothing, done, start_to_close_timeout=TIMEOUT)
            done += 1
        for _ in range(activities.ordinary):
            await workflow.execute_activity(nothing, done, start_to_close_timeout=TIMEOUT)
            done += 1
        await workflow.wait_condition(lambda: self._paid)
        return done

    @workflow.signal
    def pay(self) -> None:
        """End the workflow."""
        self._paid = True


async def _work(address: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    worker = build_worker(
        client, task_queue=TASK_QUEUE, workflows=[BareOrder], activities=[nothing], registered=False, drain=DRAIN
    )
    await worker.run()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit_process(0))
    asyncio.run(_work(sys.argv[1]))
