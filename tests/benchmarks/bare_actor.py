"""Baseline of campaigns: a workflow for each user that only counts, on a worker with the product's options.

Run as a process of its own: ``python -m tests.benchmarks.bare_actor ADDRESS``. It ends when it is told to.
"""

import asyncio
import signal
import sys

from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

with workflow.unsafe.imports_passed_through():
    from workers.building import DRAIN, build_worker
    from workers.campaigns import POLLERS
    from workers.settings.campaigns import CampaignSettings
    from workflows.runtime.exit import exit_process
    from workflows.runtime.settings import read_settings

TASK_QUEUE = "bare-actors"


@workflow.defn
class BareActor:
    """Counts the sends to one user, asked in one step by `reserve` or in two by `sends` and `sent`."""

    def __init__(self) -> None:
        self._sends = 0

    @workflow.run
    async def run(self) -> None:
        """Serve until terminated."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def reserve(self, limit: int) -> bool:
        """Count a send and return True, unless there are ``limit`` of them."""
        if self._sends >= limit:
            return False
        self._sends += 1
        return True

    @workflow.query
    def sends(self) -> int:
        """Return how many there were."""
        return self._sends

    @workflow.signal
    def sent(self) -> None:
        """Count a send."""
        self._sends += 1


async def _work(address: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    worker = build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareActor],
        activities=[],
        registered=False,
        drain=DRAIN,
        cached_workflows=read_settings(CampaignSettings).cached_actors,
        pollers=POLLERS,
    )
    await worker.run()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit_process(0))
    asyncio.run(_work(sys.argv[1]))
