"""The approvals system, as it runs in the workers."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.building import DRAIN, build_worker
from workers.services.approvals import OpenApprovalPorts, open_approval_ports
from workers.settings.approvals import ApprovalSettings
from workers.store.engine import Store
from workers.store.sample import add_people
from workers.system import System
from workflows.approvals.activities import ApprovalActivities
from workflows.approvals.client import TASK_QUEUE
from workflows.approvals.workflow import WORKFLOWS


def build(client: Client, ports: OpenApprovalPorts, *, registered: bool, drain: timedelta = DRAIN) -> Worker:
    """Return a worker that runs every workflow and activity of the system."""
    return build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=ApprovalActivities(ports, registered=registered).all(),
        registered=registered,
        drain=drain,
    )


async def play(client: Client, store: Store) -> None:
    """Play the people outside in a demo."""
    from workers.demo import office

    await office.play(client, store)


SYSTEM = System(
    name="approvals",
    task_queue=TASK_QUEUE,
    settings=ApprovalSettings,
    open_ports=open_approval_ports,
    build=build,
    health=lambda ports: {"slack": ports.health},
    serve=lambda ports, client: ports.serve(client),
    add_sample=add_people,
    play=play,
)
