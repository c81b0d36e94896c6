"""An order over HTTP beside the bare query and signal of the same server, in turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from httpx import AsyncClient, TransportError
from temporalio.client import Client

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, milliseconds, percentile
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import PRICE, headless_workers, order_request
from tests.support.eventually import eventually
from workers.server.ports import any_free
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import PaymentConfirmation
from workflows.orders.views.models import OrderView

ROUNDS = 3
CALLS = 120
"""Of each kind in a round."""
AT_A_TIME = 8
AIM = 0.7

Say = Callable[[str], None]


@dataclass
class Taken:
    """How long calls took, each and all together, in seconds."""

    each: list[float] = field(default_factory=list)
    together: float = 0.0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.each) / self.together


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Measure reads and payments."""
    with bare_server(place) as address, headless_workers(place, address, stock=2 * (1 + ROUNDS) * CALLS):
        ports = [any_free() for _ in range(3)]
        flags = ("--port-orders", "--port-approvals", "--port-campaigns")
        where = [text for flag, port in zip(flags, ports, strict=True) for text in (flag, str(port))]
        command = (script("tconsole"), "api", "--insecure-no-auth", "--rate", "100000", "--address", address, *where)
        with place.running(*command):
            return asyncio.run(_measure(address, f"http://127.0.0.1:{ports[0]}", say))


async def _measure(address: str, url: str, say: Say) -> Sequence[Figure]:
    client = await healthy(address)
    orders = OrdersClient(client)
    ours, bare = {"read": Taken(), "pay": Taken()}, {"read": Taken(), "pay": Taken()}
    async with AsyncClient(base_url=url, timeout=60) as http:
        await eventually(lambda: _is_up(http))
        for number in range(1 + ROUNDS):
            mine = await _start(orders, f"HTTP-{number}")
            others = await _start(orders, f"BARE-{number}")
            taken, against = (ours, bare) if number else ({"read": Taken(), "pay": Taken()},) * 2
            await _each(others, lambda order: _query(client, order), against["read"])
            await _each(mine, lambda order: _get(http, order), taken["read"])
            await _each(others, lambda order: _signal(client, order), against["pay"])
            await _each(mine, lambda order: _post(http, order), taken["pay"])
            if number:
                say(f"round {number}: {ours['read'].rate:.0f} reads and {ours['pay'].rate:.0f} payments a second")
    return [
        _figure("GET /orders/{id}", ours["read"], bare["read"], "query"),
        _figure("POST /orders/{id}/confirm-payment, with what it did", ours["pay"], bare["pay"], "signal"),
    ]


async def _start(orders: OrdersClient, name: str) -> list[str]:
    made = [order_request(f"ORD-{name}-{number:04}", seconds_per_step=86_400) for number in range(CALLS)]
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(number: int) -> None:
        async with gate:
            await orders.start(made[number])

    await asyncio.gather(*map(one, range(CALLS)))
    return [request.order_id for request in made]


async def _each(orders: Sequence[str], call: Callable[[str], Awaitable[object]], taken: Taken) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(order: str) -> None:
        async with gate:
            started = time.perf_counter()
            await call(order)
            taken.each.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*map(one, orders))
    taken.together += time.perf_counter() - started


async def _is_up(http: AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except TransportError:
        return False


async def _get(http: AsyncClient, order: str) -> None:
    (await http.get(f"/orders/{order}")).raise_for_status()


async def _post(http: AsyncClient, order: str) -> None:
    body = {"payment_id": f"pay_{order}", "amount": PRICE, "currency": "USD"}
    (await http.post(f"/orders/{order}/confirm-payment", json=body)).raise_for_status()


async def _query(client: Client, order: str) -> None:
    await client.get_workflow_handle(workflow_id(order)).query("get_order", result_type=OrderView)


async def _signal(client: Client, order: str) -> None:
    paid = PaymentConfirmation(payment_id=f"pay_{order}", amount=PRICE, currency="USD")
    await client.get_workflow_handle(workflow_id(order)).signal("confirm_payment", paid)


def _figure(what: str, ours: Taken, bare: Taken, bare_name: str) -> Figure:
    ratio = ours.rate / bare.rate
    return Figure(
        what=f"{what}, {AT_A_TIME} at a time",
        measured=f"{ours.rate:.0f} a second, p99 {milliseconds(percentile(ours.each, 99))}",
        baseline=f"{bare_name}: {bare.rate:.0f} a second, p99 {milliseconds(percentile(bare.each, 99))}",
        against=f"{ratio:.2f} x",
        aim=f"{AIM} x at least",
        within=ratio >= AIM,
    )
