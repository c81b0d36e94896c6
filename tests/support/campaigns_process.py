"""A campaigns worker as a process, so that a test can kill it: ``python -m tests.support.campaigns_process``.

Arguments: the server's address, the task queue, and the URL of the store. Its services fail now and then, before and
after their effect.
"""

import asyncio
import random
import sys
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.support.campaigns import World, campaign_ports
from tests.support.faults import Faults
from workers.store.engine import Store
from workflows.campaigns import workflow as campaign_workflow


async def main(address: str, task_queue: str, store_url: str) -> None:
    """Run until killed."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    faults = Faults()
    faults.flaky = random.Random()  # noqa: S311 - not a secret
    faults.chance = 1 / 20  # a send is three calls, and each attempt that fails doubles the wait for the next one
    campaign_workflow.HEARTBEAT_TIMEOUT = timedelta(seconds=3)  # for so long a killed worker's batch is waited for
    await World(client, task_queue, ports=campaign_ports(Store.at(store_url), faults)).worker().run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
