"""The orders system, as it runs in the workers."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.building import DRAIN, build_worker
from workers.services.orders import open_order_ports
from workers.settings.orders import OrderSettings
from workers.store.engine import Store
from workers.store.sample import add_stock
from workers.system import System
from workflows.orders.activities import OrderActivities
from workflows.orders.client import TASK_QUEUE
from workflows.orders.ports import OrderPorts
from workflows.orders.workflow import WORKFLOWS


def build(client: Client, ports: OrderPorts, *, registered: bool, drain: timedelta = DRAIN) -> Worker:
    """Return a worker that runs every workflow and activity of the system."""
    return build_worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=OrderActivities(ports, registered=registered).all(),
        registered=registered,
        drain=drain,
    )


async def play(client: Client, store: Store) -> None:
    """Play the people outside in a demo."""
    from workers.demo import shop

    await shop.play(client, store)


SYSTEM = System(
    name="orders",
    task_queue=TASK_QUEUE,
    settings=OrderSettings,
    open_ports=open_order_ports,
    build=build,
    add_sample=add_stock,
    play=play,
)
