"""Tickets in the workers: a setting, a service, sample data and a worker of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.worker import Worker

from tests.fourth_system.client import TASK_QUEUE
from tests.fourth_system.rules import TicketWorkflow
from workers.building import build_worker
from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workers.system import System


class TicketSettings(WorkerSettings):
    """The settings of tickets."""

    printer: str = "on"


@asynccontextmanager
async def open_printer(settings: TicketSettings, store: Store) -> AsyncIterator[str]:
    """Give the ports: here only the printer's name."""
    del store
    yield settings.printer


def build(client: Client, ports: str, *, registered: bool, drain: timedelta) -> Worker:
    """Return the worker."""
    del ports
    return build_worker(
        client, task_queue=TASK_QUEUE, workflows=[TicketWorkflow], activities=[], registered=registered, drain=drain
    )


def add_sample(connection: Connection) -> str:
    """Add nothing."""
    del connection
    return "no tickets"


SYSTEM = System(
    name="tickets",
    task_queue=TASK_QUEUE,
    settings=TicketSettings,
    open_ports=open_printer,
    build=build,
    health=lambda printer: {"printer": "on" if printer == "on" else "off"},
    add_sample=add_sample,
)
