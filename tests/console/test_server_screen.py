"""Task queues, workers and calls of our own, as a real server and the meter report them."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from console.gateway.call_meter import CallKind, CallMeter
from console.gateway.health import Health
from console.gateway.server_status import QueueState, ServerStatusReader
from tests.support.console_app import running_console
from tests.support.eventually import eventually
from tests.support.orders import Shop, order
from tests.support.snapshot import screen_text
from tests.support.temporal import fresh
from workflows.orders.client import TASK_QUEUE, OrdersClient


async def test_queues_have_their_pollers_and_what_waits(shop: Shop) -> None:
    await shop.start()  # so that its worker has polled
    reader, deserted = ServerStatusReader(shop.client, health := Health()), fresh("deserted")
    await OrdersClient(shop.client, task_queue=deserted).begin(order())

    async def waiting() -> QueueState:
        return (await reader.queues([deserted]))[0]

    # The server counts a task before it says how old it is.
    await eventually(waiting, lambda queue: queue.backlog == 1 and queue.backlog_age > timedelta())
    polled, activities, left, nothing = await reader.queues([shop.task_queue, deserted])
    assert [poller.identity for poller in polled.pollers] == [shop.client.identity]
    assert not polled.pollers[0].gone
    assert (activities.kind, activities.backlog) == ("activities", 0)
    assert (list(left.pollers), left.backlog, nothing.backlog) == ([], 1, 0)
    assert left.backlog_age > timedelta()
    info = await reader.info()
    assert (info.can_pause, info.has_heartbeats) == (True, True)
    assert info.version.startswith("1.")
    assert await reader.workers() is not None
    assert health.calls.calls(CallKind.OTHER).in_a_minute >= 7


async def test_the_screen_says_that_nobody_polls_and_how_often_we_call(own_namespace: Client) -> None:
    await OrdersClient(own_namespace).begin(order())
    async with running_console(own_namespace) as console:
        await console.press("W")
        await console.shows("1 waiting, the oldest for")
        text = screen_text(console.app)
        assert f"{TASK_QUEUE}  orders, payments, refunds" in text
        assert "▲ nobody polls" in text
        assert "no worker has sent a heartbeat yet" in text
        await console.press("end")
        await console.shows("this console allows itself 5 a second")
        await console.press("escape")
        await console.until(lambda: console.dialogs == 0)


def test_calls_are_counted_by_kind_over_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    meter, now = CallMeter(), 1_000.0
    monkeypatch.setattr("console.gateway.call_meter.time.monotonic", lambda: now)
    for _ in range(20):
        meter.count(CallKind.LISTS)
    assert meter.calls(CallKind.LISTS) == (2.0, 20)
    assert meter.calls(CallKind.OTHER) == (0.0, 0)
    now += 30
    meter.count(CallKind.LISTS)
    assert meter.calls(CallKind.LISTS) == (0.1, 21)
    now += 40
    assert meter.calls(CallKind.LISTS) == (0.0, 1)
