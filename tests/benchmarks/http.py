"""An order over HTTP beside the same calls to Temporal alone, on orders of the same age, in turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import ClientError, ClientSession
from temporalio.client import Client

from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, milliseconds, percentile
from tests.benchmarks.place import Place, script
from tests.benchmarks.preparing import PRICE, headless_workers, order_request
from tests.support.eventually import eventually
from workers.building import MAX_CACHED_WORKFLOWS
from workers.server.ports import any_free
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import OrderStatus, PaymentConfirmation
from workflows.orders.views.models import OrderView

ROUNDS = 4
"""The first warms up, and is not counted."""
KINDS = ("query", "read", "seen", "pay", "signal", "post")
"""What is measured, each by Temporal alone and then over HTTP, on orders of its own."""
CALLS = MAX_CACHED_WORKFLOWS // len(KINDS)
"""Of each kind in a round: the worker has all orders in memory, or it would replay those that began first."""
READS = 5
"""Of each order in a round."""
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

    @property
    def words(self) -> str:
        """Rate and slowest."""
        return f"{self.rate:.0f} a second, p99 {milliseconds(percentile(self.each, 99))}"


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Measure reads and payments."""
    with bare_server(place) as address, headless_workers(place, address, stock=ROUNDS * MAX_CACHED_WORKFLOWS):
        ports = [any_free() for _ in range(3)]
        flags = ("--port-orders", "--port-approvals", "--port-campaigns")
        where = [text for flag, port in zip(flags, ports, strict=True) for text in (flag, str(port))]
        command = (script("tconsole"), "api", "--insecure-no-auth", "--rate", "100000", "--address", address, *where)
        with place.running(*command):
            return asyncio.run(_measure(address, f"http://127.0.0.1:{ports[0]}", say))


async def _measure(address: str, url: str, say: Say) -> Sequence[Figure]:
    client = await healthy(address)
    orders = OrdersClient(client)
    async with ClientSession(url) as http:
        await eventually(lambda: _is_up(http))
        calls: Mapping[str, Callable[[str], Awaitable[object]]] = {
            "query": lambda order: _query(client, order),
            "read": lambda order: _get(http, order),
            "seen": lambda order: _signal_and_see(client, order),
            "pay": lambda order: _post(http, order),
            "signal": lambda order: _signal(client, order, uuid4().hex),
            "post": lambda order: _post(http, order, prefer="respond-async"),
        }
        taken = {kind: Taken() for kind in KINDS}
        for number in range(ROUNDS):
            made = await _start(orders, number)
            counted = taken if number else {kind: Taken() for kind in KINDS}
            for kind in KINDS:
                await _each(made[kind] * (READS if kind in {"query", "read"} else 1), calls[kind], counted[kind])
                if kind not in {"query", "read"}:
                    await _until_paid(orders, made[kind])
            say(f"round {number}: " + ", ".join(f"{kind} {counted[kind].rate:.0f}" for kind in KINDS))
    return [
        _figure("GET /orders/{id}", taken["read"], "query", taken["query"]),
        _figure("POST …/confirm-payment", taken["pay"], "signal, then a query that sees it", taken["seen"]),
        _figure("POST …/confirm-payment, respond-async", taken["post"], "signal", taken["signal"]),
        _figure("POST …/confirm-payment", taken["pay"], "signal", taken["signal"], aim=None),
    ]


async def _start(orders: OrdersClient, number: int) -> Mapping[str, list[str]]:
    """Start orders for all kinds, one of each after the other, and wait until the machine is quiet."""
    made: dict[str, list[str]] = {kind: [] for kind in KINDS}
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(kind: str, place: int) -> None:
        request = order_request(f"ORD-{kind}-{number}-{place:04}", seconds_per_step=86_400)
        made[kind].append(request.order_id)
        async with gate:
            await orders.start(request)

    await asyncio.gather(*(one(kind, place) for place in range(CALLS) for kind in KINDS))
    return made


async def _until_paid(orders: OrdersClient, paid: Sequence[str]) -> None:
    """Wait until what payments set off is done, so that the next calls have the machine for themselves."""
    for order in paid:
        await eventually(lambda order=order: orders.get_status(order), _is_under_way)  # type: ignore[misc]


def _is_under_way(answer: object) -> bool:
    return getattr(answer, "status", None) == OrderStatus.FULFILLING


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


async def _is_up(http: ClientSession) -> bool:
    try:
        async with http.get("/readyz") as answer:
            return answer.ok
    except ClientError:
        return False


async def _get(http: ClientSession, order: str) -> None:
    async with http.get(f"/orders/{order}", raise_for_status=True) as answer:
        await answer.read()


async def _post(http: ClientSession, order: str, prefer: str = "") -> None:
    body = _payment(order).model_dump(mode="json", exclude_none=True)
    headers = {"Prefer": prefer} if prefer else {}
    path = f"/orders/{order}/confirm-payment"
    async with http.post(path, json=body, headers=headers, raise_for_status=True) as answer:
        await answer.read()


async def _query(client: Client, order: str) -> OrderView:
    view: OrderView = await client.get_workflow_handle(workflow_id(order)).query("get_order", result_type=OrderView)
    return view


async def _signal(client: Client, order: str, signal_id: str) -> None:
    paid = _payment(order).model_copy(update={"signal_id": signal_id})
    await client.get_workflow_handle(workflow_id(order)).signal("confirm_payment", paid)


async def _signal_and_see(client: Client, order: str) -> None:
    signal_id = uuid4().hex
    await _signal(client, order, signal_id)
    while not any(receipt.signal_id == signal_id for receipt in (await _query(client, order)).receipts):
        pass


def _payment(order: str) -> PaymentConfirmation:
    return PaymentConfirmation(payment_id=f"pay_{order}", amount=PRICE, currency="USD")


def _figure(what: str, ours: Taken, bare_name: str, bare: Taken, aim: float | None = AIM) -> Figure:
    ratio = ours.rate / bare.rate
    return Figure(
        what=f"{what}, {AT_A_TIME} at a time",
        measured=ours.words,
        baseline=f"{bare_name}: {bare.words}",
        against=f"{ratio:.2f} x",
        aim=f"{aim} x at least" if aim else "",
        within=ratio >= aim if aim else None,
    )
