"""A store in a file, worker processes on it, and orders that live there: all of one example's own."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, update
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.orders.properties.crew import Crew, working
from tests.orders.properties.invariants import check_books
from tests.orders.properties.ledger import keep_trail, read_books
from tests.orders.properties.stories import STOCK
from tests.orders.properties.weather import Weather, Wishes
from tests.orders.properties.worker import Post
from tests.support.temporal import BUILD_ID, fresh
from workers.building import workflow_options
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.migrate import open_store
from workers.store.schema import stock
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import OrderRequest
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.views.models import OrderStatusAnswer
from workflows.orders.workflow import WORKFLOWS, OrderWorkflow

TASK_TIMEOUT = timedelta(seconds=3)
"""After which a workflow task of a killed worker goes to another one; 10 s unless set."""

REPLAYED_WITHIN = 60
"""Seconds, far more than a replay takes; the replayer of temporalio 1.35 hangs on some histories that do not replay."""

BETWEEN_LOOKS = 0.1
"""Seconds between two looks into the books."""


class World:
    """Everything of one example."""

    def __init__(self, client: Client, post: Post, crew: Crew, store: Store) -> None:
        self.starts = Starts()
        self.client = _with(client, self.starts)
        self.crew = crew
        self.store = store
        self.wishes = Wishes(post.weather.folder)
        self.stocked = Counter(STOCK)
        self._counting = asyncio.Lock()
        self.orders = OrdersClient(self.client, task_queue=post.task_queue)
        self.door = PaymentsClient(self.client, task_queue=post.task_queue)

    def handle(self, request: OrderRequest) -> WorkflowHandle[OrderWorkflow, OrderStatusAnswer]:
        """Return the handle of an order's workflow."""
        return self.client.get_workflow_handle_for(OrderWorkflow.run, workflow_id(request.order_id))

    async def replay(self) -> None:
        """Replay every workflow of this world.

        Raises:
            NondeterminismError: a workflow would do something else than it did.
            AssertionError: the same, where the replayer does not come back with it.
        """
        replayer = Replayer(
            workflows=WORKFLOWS,
            data_converter=pydantic_data_converter,
            **workflow_options(failures=[Exception]),
            build_id=BUILD_ID,
        )
        for name in self.starts.workflow_ids:
            history = await self.client.get_workflow_handle(name).fetch_history()
            try:
                async with asyncio.timeout(REPLAYED_WITHIN):
                    await replayer.replay_workflow(history)
            except TimeoutError as error:
                raise AssertionError(f"{name} does not replay: {history.to_json()}") from error

    async def supply(self, sku: str, quantity: int) -> None:
        """Let new pieces come in."""
        async with self._counting:
            await self.store.write(_supply, sku, quantity)
            self.stocked[sku] += quantity

    async def watch(self) -> None:
        """Look into the books again and again, for ever; what is wrong there is raised."""
        while True:
            async with self._counting:
                check_books(await read_books(self.store), self.stocked)
            await asyncio.sleep(BETWEEN_LOOKS)


@asynccontextmanager
async def open_world(client: Client, seed: int) -> AsyncIterator[World]:
    """Open a store with :data:`STOCK`, and let workers work on it."""
    with tempfile.TemporaryDirectory(prefix="orders-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'store.sqlite'}"
        post = Post(client.service_client.config.target_host, fresh("orders"), url, Weather(seed, folder))
        store = await open_store(url)
        try:
            await keep_trail(store)
            for sku, quantity in STOCK.items():
                await SqlInventory(store).set_available(sku, quantity)
            async with working(post) as crew:
                yield World(client, post, crew, store)
        finally:
            await store.close()


class Starts(Interceptor):
    """Knows which workflows were started, and lets their tasks time out soon."""

    def __init__(self) -> None:
        self.workflow_ids: set[str] = set()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - temporalio's own parameter name
        """Stand between the client and the server."""
        return _Starting(next, self.workflow_ids)


class _Starting(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, workflow_ids: set[str]) -> None:
        super().__init__(following)
        self._workflow_ids = workflow_ids

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - temporalio's own parameter name
        input.task_timeout = TASK_TIMEOUT
        self._workflow_ids.add(input.id)
        return await super().start_workflow(input)


def _with(client: Client, starts: Starts) -> Client:
    config = client.config()
    config["interceptors"] = [*config["interceptors"], starts]
    return Client(**config)


def _supply(connection: Connection, sku: str, quantity: int) -> None:
    row = stock.c
    connection.execute(update(stock).where(row.sku == sku).values(available=row.available + quantity))
