"""Fills a data folder with real orders, through the real workers."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.client import Client

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.place import Place, script
from tests.support.eventually import eventually
from tests.support.orders import order
from workflows.orders.client import OrdersClient
from workflows.orders.models import OrderRequest, OrderStatus, PaymentConfirmation, ShipmentReport, ShipmentStatus
from workflows.shared.summary import STAGE

ORDERS = 1_000
ORDER = "ORD-BENCH-"
"""Prefix of order IDs."""
EVERY = 25
"""One order in this many is shipped, so that its parcel can be lost and found again."""
SKU, PRICE = "SKU-LAMP", 2_000
AT_A_TIME = 20
"""Concurrent calls."""
SETTLE_SECONDS = 45
"""Seconds. The server deletes done tasks twice a minute; one that stops before repeats them at its next start."""
TIMEOUT_SECONDS = 600


def order_id(number: int) -> str:
    """Return the ID of an order."""
    return f"{ORDER}{number:05}"


def shipped_orders() -> list[str]:
    """Return the orders whose parcels are on their way, spread evenly over the list."""
    return [order_id(number) for number in range(0, ORDERS, EVERY)]


def prepare(place: Place) -> None:
    """Start the orders, wait until each rests, and stop everything."""
    with bare_server(place) as address, headless_workers(place, address, stock=ORDERS):
        asyncio.run(_fill(address))


@contextmanager
def headless_workers(place: Place, address: str, *, stock: int) -> Iterator[None]:
    """Run the three workers, with stock in the place's store."""
    command = [sys.executable, "-m", "workers", "store", "stock", SKU, str(stock)]
    subprocess.run(command, env=place.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    asyncio.run(healthy(address))
    with (
        (place.folder / "bare-workers.log").open("wb") as log,
        place.running(script("tconsole"), "--workers-only", "--address", address, output=log),
    ):
        yield


async def _fill(address: str) -> None:
    client = await healthy(address)
    orders = OrdersClient(client)
    gate = asyncio.Semaphore(AT_A_TIME)

    async def ship(order: str) -> None:
        async with gate:
            await orders.confirm_payment(
                order, PaymentConfirmation(payment_id=f"pay_{order}", amount=PRICE, currency="USD")
            )
            await eventually(lambda: orders.get_status(order), lambda answer: answer.status == OrderStatus.FULFILLING)
            await orders.report_shipment(order, ShipmentReport(status=ShipmentStatus.SHIPPED))

    for number in range(ORDERS):  # one after the other, so that the list has them in the order of their IDs
        await orders.begin(order_request(order_id(number), seconds_per_step=86_400))
    await _until(client, OrderStatus.AWAITING_PAYMENT, ORDERS)
    await asyncio.gather(*map(ship, shipped_orders()))
    await _until(client, OrderStatus.SHIPPED, len(shipped_orders()))
    await asyncio.sleep(SETTLE_SECONDS)


async def _until(client: Client, status: OrderStatus, wanted: int) -> None:
    """Wait until the server's list finds so many orders of that status."""
    query = f"{STAGE.name} = '{status}'"
    await eventually(
        lambda: client.count_workflows(query), lambda found: found.count >= wanted, seconds=TIMEOUT_SECONDS
    )


def order_request(name: str, *, seconds_per_step: int) -> OrderRequest:
    """Return an order of one lamp."""
    return order(
        order_id=name,
        customer={"customer_id": f"CUST-{name}", "name": f"Ada Lovelace {name}", "email": "ada@example.com"},
        lines=[{"sku": SKU, "name": "Lamp", "quantity": 1, "unit_price": PRICE}],
        fulfilment_seconds_per_step=seconds_per_step,
    )
