"""Builds the worker of the orders system."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.building import DRAIN, build_worker
from workers.services import Services
from workers.system import System
from workflows.orders.activities import OrderActivities
from workflows.orders.client import TASK_QUEUE
from workflows.orders.workflow import WORKFLOWS


def build(client: Client, services: Services, *, registered: bool, drain: timedelta = DRAIN) -> Worker:
    """Return a worker that runs every workflow and activity of the system."""
    return build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=OrderActivities(services.orders, registered=registered).all(),
        registered=registered,
        drain=drain,
    )


SYSTEM = System("orders", TASK_QUEUE, build)
