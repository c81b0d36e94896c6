"""The campaigns system, as it runs in the workers."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.building import DRAIN, build_worker
from workers.services.campaigns import OpenCampaignPorts, open_campaign_ports
from workers.settings.campaigns import CampaignSettings
from workers.store.engine import Store
from workers.store.sample import add_users
from workers.system import System
from workflows.campaigns.activities import CampaignActivities
from workflows.campaigns.client import TASK_QUEUE, UserActorsClient
from workflows.campaigns.stored_limits import STORED_LIMITS
from workflows.campaigns.workflow import WORKFLOWS
from workflows.runtime.settings import read_settings

POLLERS = 5
"""Each send is a workflow task of another actor."""


def build(client: Client, ports: OpenCampaignPorts, *, registered: bool, drain: timedelta = DRAIN) -> Worker:
    """Return a worker that runs every workflow and activity of the system."""
    STORED_LIMITS.read_with(TASK_QUEUE, ports.users.limits)
    return build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=CampaignActivities(ports, UserActorsClient(client), registered=registered).all(),
        registered=registered,
        drain=drain,
        cached_workflows=read_settings(CampaignSettings).cached_actors,
        pollers=POLLERS,
    )


async def serve(ports: OpenCampaignPorts, client: Client) -> None:
    """Answer links to unsubscribe."""
    await ports.serve(client)


async def play(client: Client, store: Store) -> None:
    """Play the people outside in a demo."""
    from workers.demo import marketing

    await marketing.play(client, store)


SYSTEM = System(
    name="campaigns",
    task_queue=TASK_QUEUE,
    settings=CampaignSettings,
    open_ports=open_campaign_ports,
    build=build,
    serve=serve,
    add_sample=add_users,
    play=play,
)
