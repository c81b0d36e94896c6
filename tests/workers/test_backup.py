"""Store and embedded server are backed up under traffic, restored elsewhere, and every order ends."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from tests.support.eventually import eventually
from tests.support.orders import order, payment
from tests.support.postgres import fresh_schema, postgres_server
from tests.support.processes import clean_environment, ended, workers_process
from tests.support.profiles import SEARCHING
from tests.workers.test_keeper import Keepers
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import ENDED, OrderRequest, OrderStatus
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentRequest
from workflows.shared.errors import CallError, NoAnswerError, NotFoundError

BEFORE, MEANWHILE = 6, 200
"""Orders that are surely in the backup, and at most as many that begin while it is made."""


@asynccontextmanager
async def running(home: Path, environment: Mapping[str, str]) -> AsyncIterator[Client]:
    """Run the embedded server and the workers of a data folder."""
    keepers = Keepers(home)
    server = await keepers.start().ready()
    settings = {**environment, "TCONSOLE_DATA_DIR": str(home / "data"), "TCONSOLE_SERVER_PORT": str(keepers.port)}
    try:
        with workers_process("run", environment=settings) as workers:
            await workers.says("ready")
            yield await Client.connect(server.address, data_converter=pydantic_data_converter)
            workers.process.send_signal(signal.SIGTERM)
            assert await workers.exit_code() == 0
    finally:
        keepers.leave()
        await ended(keepers.child)


async def said(home: Path, environment: Mapping[str, str], *command: str, port: int = 1) -> tuple[int, Sequence[str]]:
    """Run a command on a data folder, and return its exit code and what it said."""
    settings = {**environment, "TCONSOLE_DATA_DIR": str(home / "data"), "TCONSOLE_SERVER_PORT": str(port)}
    with workers_process(*command, environment=settings) as run:
        return await run.exit_code(), run.lines


async def pay(client: Client, request: OrderRequest, *, by_intake: bool) -> None:
    """Pay an order, once however often it is called."""
    confirmation = payment(f"pay-{request.order_id}")
    if by_intake:
        fields = confirmation.model_dump(include={"payment_id", "amount", "currency"})
        await PaymentsClient(client).start(PaymentRequest(order_id=request.order_id, **fields))
    else:
        await client.get_workflow_handle(workflow_id(request.order_id)).signal("confirm_payment", confirmation)


async def shop_on(client: Client, begun: list[OrderRequest]) -> None:
    """Start orders and pay them, one after the other, and cancel some, until cancelled."""
    orders = OrdersClient(client)
    for number in range(MEANWHILE):
        request = order(fulfilment_seconds_per_step=1)
        await orders.begin(request)
        begun.append(request)
        await orders.wait_decided(request.order_id, within=timedelta(seconds=60))
        if number % 4:
            await pay(client, request, by_intake=number % 2 == 0)
        if number % 5 == 0:
            reason = {"reason": "a test", "requested_by": "ada"}
            await client.get_workflow_handle(workflow_id(request.order_id)).signal("cancel_order", reason)


async def end(client: Client, request: OrderRequest, number: int) -> OrderStatus | None:
    """Pay an order, and return how it ends, or None if the backup does not know it."""
    try:
        await OrdersClient(client).execution_status(request.order_id)
    except NotFoundError:
        assert number >= BEFORE, f"{request.order_id} is not in the backup"
        return None
    with suppress(CallError, RPCError):  # it has ended
        await pay(client, request, by_intake=number % 2 == 0)
    # Not the end of the workflow: an e-mail that was being sent comes again only after a minute.
    get_order = partial(OrdersClient(client).get_order, request.order_id)
    view = await eventually(get_order, lambda view: view.status in ENDED, ignoring=(NoAnswerError,), interval=1)
    return view.status


@pytest.mark.parametrize("database", ["sqlite", "postgresql"] if SEARCHING else ["sqlite"])
async def test_a_backup_under_traffic_goes_on_elsewhere(tmp_path: Path, database: str) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for home in (old, new):
        home.mkdir()
    environment = clean_environment(tmp_path)
    if database == "sqlite":
        await moved(old, new, environment, environment, tmp_path / "backup")
        return
    with postgres_server() as server, fresh_schema(server) as first, fresh_schema(server) as second:
        before, after = ({**environment, "TCONSOLE_STORE_URL": url} for url in (first, second))
        await moved(old, new, before, after, tmp_path / "backup")


async def moved(
    old: Path, new: Path, environment: Mapping[str, str], elsewhere: Mapping[str, str], archive: Path
) -> None:
    """Back up while orders run, and go on in another data folder."""
    for sku in ("SKU-CHAIR", "SKU-LAMP"):
        assert (await said(old, environment, "store", "stock", sku, "100000"))[0] == 0
    begun: list[OrderRequest] = []
    async with running(old, environment) as client:
        traffic = [asyncio.create_task(shop_on(client, begun)) for _ in range(2)]
        await eventually(lambda: len(begun) >= BEFORE)
        code, lines = await said(old, environment, "store", "backup", str(archive))
        assert (code, "and the embedded server as of" in lines[0]) == (0, True), lines
        seen = len(begun)
        await eventually(lambda: len(begun) > seen)
        for each in traffic:
            each.cancel()
        await asyncio.gather(*traffic, return_exceptions=True)
        refused = await said(old, environment, "store", "restore", str(archive), "--replace")
        assert refused[0] == 1
        assert "runs; leave all consoles and stop all workers first; nothing was changed" in refused[1][0]
    restored = await said(new, elsewhere, "store", "restore", str(archive))
    assert restored == (0, [lines[0].replace(f"{archive}:", "restored")])
    async with running(new, elsewhere) as client:
        statuses = await asyncio.gather(*(end(client, request, number) for number, request in enumerate(begun)))
        assert set(statuses) <= {OrderStatus.DELIVERED, OrderStatus.CANCELLED, None}
        port = int(client.service_client.config.target_host.rpartition(":")[2])
        code, lines = await said(new, elsewhere, "check", port=port)
        assert code == 0, lines
