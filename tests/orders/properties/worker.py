"""A process with a worker of the orders system on a real store, to be killed at any moment."""

import asyncio
import logging
import multiprocessing
import os
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from tests.orders.properties.weather import Weather
from tests.support.temporal import BUILD_ID
from workers.building import PASSED_THROUGH, workflow_options
from workers.guards import GuardingRunner
from workers.services.orders import open_order_ports
from workers.settings.orders import OrderSettings
from workers.store.migrate import open_store
from workflows.orders.activities import OrderActivities
from workflows.orders.payment_intake import workflow as payment_intake
from workflows.orders.steps import retrying
from workflows.orders.workflow import WORKFLOWS
from workflows.shared.visibility import VisibilityActivities

PAUSE = timedelta(seconds=0.3)
"""Between two rounds of a step that fails; in earnest it is a minute and more."""


@dataclass(frozen=True)
class Post:
    """Where a worker works, and in which weather."""

    address: str
    task_queue: str
    store_url: str
    weather: Weather


def work(post: Post) -> None:
    """Work until killed, or until the test's process has gone."""
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)  # attempts that fail are what the tests want
    retrying.MIN_PAUSE = retrying.MAX_PAUSE = PAUSE
    payment_intake.MIN_POLL_INTERVAL = payment_intake.MAX_POLL_INTERVAL = PAUSE
    asyncio.run(_work(post))


async def _work(post: Post) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, os._exit, 0)
    client = await Client.connect(post.address, data_converter=pydantic_data_converter)
    store = await open_store(post.store_url)
    async with open_order_ports(OrderSettings(data_dir=post.weather.folder), store) as ports:
        await _worker(client, post, OrderActivities(ports, registered=True)).run()


def _worker(client: Client, post: Post, activities: OrderActivities) -> Worker:
    return Worker(
        client,
        task_queue=post.task_queue,
        workflows=WORKFLOWS,
        activities=[*activities.all(), VisibilityActivities(registered=True).search_attributes_registered],
        workflow_runner=GuardingRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        ),
        **workflow_options(post.weather, failures=[Exception]),  # a bug fails the order at once instead of hanging it
        build_id=BUILD_ID,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
