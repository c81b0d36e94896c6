"""Builds the worker of the campaigns system."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.building import DRAIN, build_worker
from workers.services import Services
from workers.system import System
from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.client import TASK_QUEUE, UserActorsClient
from workflows.campaigns.workflow import WORKFLOWS


def build(client: Client, services: Services, *, registered: bool, drain: timedelta = DRAIN) -> Worker:
    """Return a worker that runs every workflow and activity of the system."""
    return build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=CampaignActivities(services.campaigns, UserActorsClient(client)).all(),
        registered=registered,
        drain=drain,
    )


SYSTEM = System("campaigns", TASK_QUEUE, build)
