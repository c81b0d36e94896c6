"""Fixtures of the tests of HTTP: the applications in this process, on a real server with a shop."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.types import ASGIApp
from temporalio.client import Client

from console.api.kept import KeptAnswers
from console.api.service import Service
from console.api.tokens import hashed
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import new_namespace
from workflows.orders.client import TASK_QUEUE
from workflows.runtime.console_settings import ApiToken

ANA, READER = "token-of-ana", "token-of-a-reader"

Caller = Callable[..., AsyncClient]
"""Returns a client of an application, with a token."""


@pytest.fixture(scope="module")
async def shop(client: Client) -> AsyncIterator[Shop]:
    """Give a shop in a namespace of the module's own, with a worker on the real task queue."""
    own, world = await new_namespace(client), stocked()
    async with orders_worker(own, world, TASK_QUEUE):
        yield Shop(own, world, TASK_QUEUE)


@pytest.fixture(scope="module")
def service(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Give a service with two tokens, whose journals are in memory."""
    tokens = [
        ApiToken(sha256=hashed(ANA), operator="ana"),
        ApiToken(sha256=hashed(READER), operator="eve", systems=("orders",), read_only=True),
    ]
    kept = KeptAnswers(tmp_path_factory.mktemp("api") / "api.sqlite")
    return Service(shop.client, tokens, kept, lambda _: None, rate=1_000)


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    """Give what makes clients."""
    async with AsyncExitStack() as stack:

        def client_of(app: ASGIApp, token: str | None = ANA) -> AsyncClient:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            transport = ASGITransport(app=app, raise_app_exceptions=False)
            client = AsyncClient(transport=transport, base_url="http://localhost", headers=headers)
            stack.push_async_callback(client.aclose)
            return client

        yield client_of
