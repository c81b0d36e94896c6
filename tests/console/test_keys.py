"""Keys typed faster than the console answers reach the widget they were meant for."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable

import pytest
from temporalio.testing import WorkflowEnvironment
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from console.dialogs.base import Dialog
from console.dialogs.form import FormDialog
from tests.support.console_app import active, focus, running_console, until
from tests.support.forms import asked, control
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import dev_server
from workflows.orders.client import TASK_QUEUE, workflow_id
from workflows.orders.models import OrderRequest


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """Give a server without orders."""
    async with dev_server() as environment:
        yield environment


def burst(pilot: Pilot[None], *typed: str) -> None:
    """Type at once, without waiting for anything: names of keys, and texts."""
    for key in (key for word in typed for key in _keys(word)):
        pilot.app.post_message(key)


def _keys(word: str) -> Iterable[Key]:
    if word in {"enter", "escape", "down", "slash"}:
        return [Key(word, "/" if word == "slash" else None)]
    return [Key("space" if letter == " " else letter, letter) for letter in word]


def values(pilot: Pilot[None]) -> list[str]:
    return [field.value for field in pilot.app.screen.query(Input)]


async def until_shown(condition: Callable[[], bool], seconds_between: float = 0.01) -> None:
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not show up")
        await asyncio.sleep(seconds_between)


async def test_what_follows_the_key_of_a_dialog_is_typed_into_it(server: WorkflowEnvironment) -> None:
    async with running_console(server.client, "chen") as pilot:
        burst(pilot, "n", "q123", "enter", "next")
        await until(pilot, lambda: any("next" in value for value in values(pilot)), "the last of it")
        assert "q123" in values(pilot)
        assert "next" in values(pilot)


async def test_a_quit_behind_a_dialog_is_a_letter_in_it(server: WorkflowEnvironment) -> None:
    async with running_console(server.client, "chen") as pilot:
        burst(pilot, "n", "q")
        await until(pilot, lambda: "q" in values(pilot), "the letter")
        assert pilot.app.is_running
        burst(pilot, "enter", "escape", "escape", "slash", "q1n")
        await until(pilot, lambda: pilot.app.screen is pilot.app.screen_stack[0], "the list")
        await until(pilot, lambda: active(pilot).query_one(Input).value == "q1n", "the filter")


async def test_a_reason_is_held_until_the_workflow_has_answered(server: WorkflowEnvironment) -> None:
    shop = Shop(server.client, stocked(), TASK_QUEUE)
    async with orders_worker(server.client, stocked(), TASK_QUEUE), running_console(server.client, "chen") as pilot:
        request = await shop.start()
        await focus(pilot, workflow_id(request.order_id), "AWAITING PAYMENT")
        active(pilot).details._snapshot = None  # as right after the cursor moved: the workflow is queried first
        burst(pilot, "c", "nobody quits")
        pilot.app.post_message(Paste(", ever"))
        await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), "the dialog")
        words = pilot.app.screen.query_one(TextArea)
        await until(pilot, lambda: words.text == "nobody quits, ever", "the reason")
        await pilot.press("escape", "escape")
        active(pilot).details._snapshot = None
        burst(pilot, "c", "left", "escape", "slash", "all")
        await until(pilot, lambda: active(pilot).query_one(Input).value == "all", "the filter")
        assert pilot.app.screen is pilot.app.screen_stack[0]
        await shop.cancel(request)


async def test_each_value_goes_into_its_own_field() -> None:
    async with asked(FormDialog(OrderRequest, "New order", {"currency": "USD"})) as pilot:
        burst(pilot, "ORD-1", "enter", "CUST-1", "enter", "Ada", "enter", "ada@example.com")
        await until_shown(lambda: "ada@example.com" in values(pilot))
        paths = ("order_id", "customer.customer_id", "customer.name", "customer.email")
        typed = [control(pilot, path) for path in paths]
        assert [field.value for field in typed if isinstance(field, Input)] == [
            "ORD-1",
            "CUST-1",
            "Ada",
            "ada@example.com",
        ]


async def test_a_key_costs_a_few_milliseconds() -> None:
    async with asked(FormDialog(OrderRequest, "New order", {"currency": "USD"})) as pilot:
        field = control(pilot, "order_id")
        assert isinstance(field, Input)
        taken = []
        for count in range(1, 41):
            began = time.perf_counter()
            burst(pilot, "x")
            await until_shown(lambda count=count: len(field.value) == count, seconds_between=0)  # type: ignore[misc]
            taken.append(time.perf_counter() - began)
        assert statistics.median(taken) < 0.05
