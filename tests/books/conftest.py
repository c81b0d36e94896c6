"""A namespace of each test's own, with the workers of all systems on one store: the check looks at everything."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from temporalio.client import Client

from tests.support.approvals import PRODUCTION, Office, approvals_worker
from tests.support.campaigns import World as Marketing
from tests.support.memory_store import MemoryStore
from tests.support.order_ports import World
from tests.support.orders import Shop, orders_worker
from tests.support.temporal import executable
from workers.books import check
from workers.books.check import Check
from workers.books.findings import Finding
from workers.books.mending import Mending
from workers.store.sample import add_people
from workflows.approvals.client import TASK_QUEUE as REQUESTS
from workflows.campaigns.client import TASK_QUEUE as CAMPAIGNS
from workflows.orders.client import TASK_QUEUE as ORDERS
from workflows.orders.policy import OrderPolicy


@dataclass
class Company:
    """All three systems, on the task queues that they have for real."""

    client: Client
    store: MemoryStore
    shop: Shop
    office: Office
    marketing: Marketing

    @property
    def mending(self) -> Mending:
        """What mends."""
        return Mending(self.client, self.store)

    async def findings(self) -> list[Finding]:
        """Check everything."""
        return await Check(self.client, self.store).findings()

    async def finding(self) -> Finding:
        """Check everything, and return the only finding."""
        (found,) = await self.findings()
        return found


@pytest.fixture
async def company(own_namespace: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Company]:
    """Give a company that is open."""
    monkeypatch.setattr(check, "SETTLE_SECONDS", 0.3)
    async with AsyncExitStack() as stack:
        client, store = own_namespace, MemoryStore()
        store.run(add_people)
        policy = OrderPolicy(seconds_per_step=0, reminder_seconds=0, payment_second="park", payment_waits_seconds=0)
        world = World({"SKU-CHAIR": 100, "SKU-LAMP": 100}, policy, store)
        company = Company(
            client,
            store,
            Shop(client, world, ORDERS),
            Office(client, REQUESTS, store=store),
            Marketing(client, CAMPAIGNS, store),
        )
        await stack.enter_async_context(orders_worker(client, world, ORDERS))
        await stack.enter_async_context(approvals_worker(client, REQUESTS, company.office.ports, PRODUCTION))
        await stack.enter_async_context(company.marketing.worker())
        yield company


async def run_temporal(command: str) -> None:
    """Run a printed command of Temporal's, as an operator does."""
    uv, run, name, *arguments = shlex.split(command)
    assert (uv, run, name) == ("uv", "run", "temporal")
    process = await asyncio.create_subprocess_exec(executable(name), *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
