"""Orders from their start until they are delivered, beside bare workflows on the same server.

Some of those have as many activities, and some eight, which an order once took and by which its aim is set.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from tests.benchmarks.bare_order import TASK_QUEUE, Activities, BareOrder
from tests.benchmarks.bare_server import bare_server, healthy
from tests.benchmarks.figures import Figure, milliseconds, percentile
from tests.benchmarks.mailbox import Mailbox
from tests.benchmarks.order_histories import activities, paid_at
from tests.benchmarks.place import Place
from tests.benchmarks.preparing import AT_A_TIME, ORDER, PRICE, TIMEOUT_SECONDS, headless_workers, order_request
from workers.settings.base import WorkerSettings
from workers.store.engine import Store
from workflows.orders.client import OrdersClient, workflow_id
from workflows.orders.models import PaymentConfirmation

ROUNDS = 5
A_ROUND = 100
"""Concurrent orders: fewer than a worker caches."""
PAID_A_SECOND = 5
FLOOR = Activities(ordinary=8, local=0)
"""The activities of the bare workflows that the aim is a part of, however few an order comes to need."""
AIM_OF_FLOOR = 0.88
AIM_EVENTS = 56

Say = Callable[[str], None]
Handle = WorkflowHandle[Any, Any]


def measure(place: Place, say: Say) -> Sequence[Figure]:
    """Run rounds of orders and of bare workflows in turn, then pay some orders on an otherwise idle server."""
    stock = (ROUNDS + 3) * A_ROUND
    with (
        bare_server(place) as address,
        headless_workers(place, address, stock=stock),
        place.running(sys.executable, "-m", "tests.benchmarks.bare_order", address),
    ):
        return asyncio.run(_measure(address, place, say))


async def _measure(address: str, place: Place, say: Say) -> Sequence[Figure]:
    store = Store.at(WorkerSettings(data_dir=place.folder).resolved_store_url)
    try:
        return await _compare(await healthy(address), Mailbox(store), say)
    finally:
        await store.close()


async def _compare(client: Client, mailbox: Mailbox, say: Say) -> Sequence[Figure]:
    plan = activities(await _plain_order(client))
    await _orders_a_second(client, mailbox, "WARM")
    await _bare_a_second(client, "WARM", plan)
    ours, bare, floor = [], [], []
    for number in range(1, ROUNDS + 1):
        ours.append(await _orders_a_second(client, mailbox, f"ROUND{number}"))
        bare.append(await _bare_a_second(client, f"ROUND{number}", plan))
        floor.append(await _bare_a_second(client, f"FLOOR{number}", FLOOR))
        say(
            f"round {number}: {ours[-1]:.1f} orders a second; {bare[-1]:.1f} bare workflows of {_words(plan)},"
            f" {floor[-1]:.1f} of {_words(FLOOR)}"
        )
    paid, histories = await _payments(client, mailbox)
    beside_floor = _throughput(ours, floor, FLOOR, aim=AIM_OF_FLOOR)
    return [beside_floor, _throughput(ours, bare, plan), _events(histories), _until_paid(paid)]


async def _plain_order(client: Client) -> WorkflowHistory:
    """Run one order by itself, once the workers poll."""
    name = _name("PLAIN", 0)
    orders = OrdersClient(client)
    await orders.begin(order_request(name, seconds_per_step=0))
    await orders.wait_decided(name, within=timedelta(seconds=TIMEOUT_SECONDS))
    handle = client.get_workflow_handle(workflow_id(name))
    await _pay(handle)
    await handle.result()
    return await handle.fetch_history()


async def _orders_a_second(client: Client, mailbox: Mailbox, round_: str) -> float:
    started = time.perf_counter()
    names = [_name(round_, number) for number in range(A_ROUND)]
    async with asyncio.TaskGroup() as group:
        group.create_task(_start(client, names))
        async for name in mailbox.asked_to_pay(names):
            group.create_task(_see_through(client.get_workflow_handle(workflow_id(name))))
    return A_ROUND / (time.perf_counter() - started)


async def _see_through(order: Handle) -> None:
    await _pay(order)
    await order.result()


async def _start(client: Client, names: Iterable[str]) -> None:
    orders = OrdersClient(client)
    await _gently(orders.begin(order_request(name, seconds_per_step=0)) for name in names)


async def _pay(order: Handle) -> None:
    payment = PaymentConfirmation(payment_id=f"pay_{order.id}", amount=PRICE, currency="USD")
    await order.signal("confirm_payment", payment)


async def _bare_a_second(client: Client, round_: str, plan: Activities) -> float:
    started = time.perf_counter()
    bare = [(BareOrder.run, f"bare-{_name(round_, number)}") for number in range(A_ROUND)]
    await _gently(client.start_workflow(run, plan, id=id_, task_queue=TASK_QUEUE) for run, id_ in bare)
    handles = [client.get_workflow_handle(id_) for _, id_ in bare]
    await _gently(handle.signal(BareOrder.pay) for handle in handles)
    await asyncio.gather(*(handle.result() for handle in handles))
    return A_ROUND / (time.perf_counter() - started)


async def _payments(client: Client, mailbox: Mailbox) -> tuple[list[float], list[WorkflowHistory]]:
    """Return the seconds from each payment's call until the order is ``PAID``, at a shop's pace, and the histories."""
    names = [_name("PAID", number) for number in range(A_ROUND)]
    await _start(client, names)
    orders = [client.get_workflow_handle(workflow_id(name)) async for name in mailbox.asked_to_pay(names)]
    called = []
    for order in orders:
        called.append(time.time())
        await _pay(order)
        await asyncio.sleep(1 / PAID_A_SECOND)
    await asyncio.gather(*(order.result() for order in orders))
    histories = [await order.fetch_history() for order in orders]
    return [paid_at(history) - since for since, history in zip(called, histories, strict=True)], histories


async def _gently(calls: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Make the calls, with bounded concurrency."""
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(call: Coroutine[Any, Any, object]) -> None:
        async with gate:
            await call

    await asyncio.gather(*map(one, calls))


def _name(round_: str, number: int) -> str:
    return f"{ORDER}{round_}-{number}"


def _throughput(ours: Sequence[float], bare: Sequence[float], plan: Activities, *, aim: float | None = None) -> Figure:
    ratio = median(mine / other for mine, other in zip(ours, bare, strict=True))
    figure = Figure(
        what="orders completed a second",
        measured=f"{median(ours):.1f}",
        baseline=f"{_words(plan)}: {median(bare):.1f}",
        against=f"{ratio:.2f} x",
    )
    return figure if aim is None else replace(figure, aim=f"{aim} x at least", within=ratio >= aim)


def _words(plan: Activities) -> str:
    local = f" and {plan.local} local ones" if plan.local else ""
    return f"{plan.ordinary} activities{local}"


def _events(histories: Iterable[WorkflowHistory]) -> Figure:
    """Return the lengths of histories; they differ since activities that end together share a workflow task."""
    counts = [len(history.events) for history in histories]
    typical = int(median(counts))
    return Figure(
        what="history of a plain order",
        measured=f"median {typical} events, {min(counts)} to {max(counts)}",
        aim=f"{AIM_EVENTS} at most",
        within=typical <= AIM_EVENTS,
    )


def _until_paid(taken: Sequence[float]) -> Figure:
    measured = f"median {milliseconds(median(taken))}, p99 {milliseconds(percentile(taken, 99))}"
    return Figure(f"from a payment until PAID, {PAID_A_SECOND} a second", measured)
