"""Fifty workflows a second that move to another stage, among 10,000 that stand still.

Run as a process of its own: ``python -m tests.benchmarks.changes ADDRESS``. It ends when it is told to.
"""

import asyncio
import signal
import sys
from itertools import cycle

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.benchmarks.preparing import order_id
from tests.support.temporal import BUILD_ID
from workflows.orders.client import WORKFLOW_TYPE
from workflows.orders.models import OrderStatus
from workflows.runtime.exit import exit_process
from workflows.shared.summary import STAGE

QUEUE = "benchmark-changes"
A_SECOND = 50
WORKFLOWS = 10_000
LOADED = 1_000
"""Rows of the page that the console shows: the newest."""
EVERY = 10
"""One of so many loaded rows changes, spread evenly."""


def changing() -> list[str]:
    """Return the IDs of those that change."""
    return [order_id(number) for number in range(WORKFLOWS - LOADED, WORKFLOWS, EVERY)]


@workflow.defn(name=WORKFLOW_TYPE)
class MovingOrder:
    """An order that does nothing but move to the stage that it is told."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def move(self, stage: str) -> None:
        """Move to a stage."""
        workflow.upsert_search_attributes([STAGE.value_set(stage)])


async def _move(address: str) -> None:
    client = await Client.connect(address)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[MovingOrder],
        workflow_runner=UnsandboxedWorkflowRunner(),
        build_id=BUILD_ID,
    ):
        loop = asyncio.get_running_loop()
        due = loop.time()
        for stage in cycle((OrderStatus.SHIPPED, OrderStatus.FULFILLING)):
            for order in changing():
                due += 1 / A_SECOND
                await asyncio.sleep(due - loop.time())
                await client.get_workflow_handle(f"order-{order}").signal("move", str(stage))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit_process(0))
    asyncio.run(_move(sys.argv[1]))
