"""The calls to Temporal that one key costs: the command and one query, then none until something happens outside."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, Interceptor, OutboundInterceptor
from textual.widgets import Static

from console.details import reader
from console.gateway.history import known_from
from console.systems.orders.system import ORDERS
from tests.support.console_app import Console, running_console
from tests.support.eventually import eventually
from tests.support.forms import fill
from tests.support.orders import Shop
from workflows.orders.client import workflow_id
from workflows.orders.models import OrderRequest

NAMES = ("start_workflow", "signal_workflow", "query_workflow", "describe_workflow", "start_workflow_update")
QUIET_SECONDS = 1.5
"""Several refreshes of the list, in which no workflow may be called."""


class CallCounter(Interceptor):
    """Counts the calls to workflows by name. Those of the list do not pass an interceptor."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Put the counter before each call."""
        outbound = OutboundInterceptor(next)
        for name in NAMES:
            setattr(outbound, name, self._counting(name, getattr(next, name)))
        return outbound

    def _counting(self, name: str, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
        async def counted(request: Any) -> Any:  # noqa: ANN401 - the request of any call
            self.calls[name] += 1
            return await call(request)

        return counted


@asynccontextmanager
async def at_rest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, words: str
) -> AsyncIterator[tuple[Console, Counter[str], OrderRequest]]:
    """Run the console without its slow tick on an unpaid order whose history is followed, and count the calls."""
    monkeypatch.setattr(reader, "POLL_INTERVAL", 600)
    counter, request = CallCounter(), await shop.start()
    client = Client(
        shop.client.service_client,
        namespace=shop.client.namespace,
        data_converter=shop.client.data_converter,
        interceptors=[counter],
    )
    async with running_console(client, systems=(ORDERS,)) as console:
        await console.focus(workflow_id(request.order_id), words)
        await console.press("v")
        await console.until(lambda: "workflow execution started" in console.details)
        await console.press("v", "v")
        await eventually(partial(_unread, shop, console, request), lambda events: not events)
        await console.pilot.pause(reader.FOLLOW_DELAY)
        counter.calls.clear()
        yield console, counter.calls, request


async def _unread(shop: Shop, console: Console, request: OrderRequest) -> list[HistoryEvent]:
    """Return what the details on the screen do not include yet, or what the next workflow task will take in."""
    history = await shop.client.get_workflow_handle(workflow_id(request.order_id)).fetch_history()
    snapshot = console.pane.details.snapshot
    read = snapshot.history_length if snapshot else 0
    return [event for event in history.events if known_from(event) > read]


async def test_an_update_costs_itself_and_two_queries(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_rest(shop, monkeypatch, "x  Extend") as (console, calls, _):
        await console.open("x")
        await console.send({"reason": "on holiday"})
        await console.until(lambda: "on holiday" in console.details)
        await console.pilot.pause(QUIET_SECONDS)
        assert calls == {"start_workflow_update": 1, "query_workflow": 2}  # has it changed while it was typed?


async def test_a_signal_costs_itself_and_two_queries_then_what_happens_outside_is_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.world.faults.hold("record_capture")
    shop.world.faults.hold("send")
    async with at_rest(shop, monkeypatch, "p  Confirm payment") as (console, calls, request):
        dialog = await console.open("p")
        await fill(console.pilot, {"amount": "50.00"})
        await console.until(lambda: "$50.00" in str(dialog.query_one(".dialog--effect", Static).render()))
        assert calls.pop("query_workflow") == 1  # what it would do is asked while it is typed
        await console.send()
        await console.until(lambda: "amount mismatch" in console.list_text)
        await console.pilot.pause(QUIET_SECONDS)
        assert calls == {"signal_workflow": 1, "query_workflow": 2}
        shop.world.faults.let_go("send")
        shop.world.faults.let_go("record_capture")
        await shop.pay(request)
        await console.until(lambda: "DELIVERED" in console.details)


async def test_a_key_that_is_not_legal_costs_no_call(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_rest(shop, monkeypatch, "Refund lines") as (console, calls, _):
        await console.refused("r", "not possible")
        assert not calls


@pytest.mark.parametrize(
    ("field", "attributes", "expected"),
    [
        ("workflow_execution_signaled", {}, 30),
        ("activity_task_completed", {}, 30),
        ("timer_fired", {}, 30),
        ("workflow_execution_terminated", {}, 30),
        ("workflow_execution_update_accepted", {"accepted_request_sequencing_event_id": 21}, 21),
        ("activity_task_scheduled", {"workflow_task_completed_event_id": 23}, 22),
        ("upsert_workflow_search_attributes", {"workflow_task_completed_event_id": 23}, 22),
        ("workflow_execution_completed", {"workflow_task_completed_event_id": 23}, 22),
        ("workflow_task_completed", {}, 0),
        ("activity_task_started", {}, 0),
        ("workflow_execution_update_completed", {"accepted_event_id": 24}, 0),
    ],
)
def test_an_event_is_known_from_the_task_that_took_it_in(field: str, attributes: dict[str, int], expected: int) -> None:
    event = HistoryEvent(event_id=30)
    holder = getattr(event, f"{field}_event_attributes")
    holder.SetInParent()
    for name, value in attributes.items():
        setattr(holder, name, value)
    assert known_from(event) == expected
