"""Keys typed faster than the console answers reach the widget they were meant for."""

from collections.abc import Iterable

import pytest
from temporalio.client import Client
from textual.app import App
from textual.events import Key, MouseDown, MouseUp, Paste
from textual.widgets import Input, TextArea

from console import keys
from console.dialogs.base import Question
from console.dialogs.form import FormDialog
from tests.support.console_app import running_console
from tests.support.eventually import eventually
from tests.support.forms import asked, control
from tests.support.orders import Shop, orders_worker, stocked
from tests.support.temporal import new_namespace
from workflows.orders.client import TASK_QUEUE, workflow_id
from workflows.orders.models import OrderRequest


@pytest.fixture(scope="module")
async def client(client: Client) -> Client:
    """Give a namespace without orders."""
    return await new_namespace(client)


def burst(app: App[None], *typed: str) -> None:
    """Type at once, without waiting for anything: names of keys, and texts."""
    for key in (key for word in typed for key in _keys(word)):
        app.post_message(key)


def _keys(word: str) -> Iterable[Key]:
    if word in {"enter", "escape", "down", "slash"}:
        return [Key(word, "/" if word == "slash" else None)]
    return [Key("space" if letter == " " else letter, letter) for letter in word]


def values(app: App[None]) -> list[str]:
    return [field.value for field in app.screen.query(Input)]


async def test_what_follows_the_key_of_a_dialog_is_typed_into_it(client: Client) -> None:
    async with running_console(client) as console:
        burst(console.app, "n", "q123", "enter", "next")
        await console.until(lambda: {"q123", "next"} <= set(values(console.app)))


async def test_a_quit_behind_a_dialog_is_a_letter_in_it(client: Client) -> None:
    async with running_console(client) as console:
        burst(console.app, "n", "q")
        await console.until(lambda: "q" in values(console.app))
        assert console.app.is_running
        burst(console.app, "enter", "escape", "escape", "slash", "q1n")
        await console.until(lambda: not console.dialogs)
        await console.until(lambda: console.pane.query_one(Input).value == "q1n")


async def test_a_reason_is_held_until_the_workflow_has_answered(client: Client) -> None:
    shop = Shop(client, stocked(), TASK_QUEUE)
    async with orders_worker(client, stocked(), TASK_QUEUE), running_console(client) as console:
        request = await shop.start()
        await console.focus(workflow_id(request.order_id), "AWAITING PAYMENT")
        console.pane.details.snapshot = None  # as right after the cursor moved: the workflow is queried first
        burst(console.app, "c", "nobody quits")
        console.app.post_message(Paste(", ever"))
        await console.until(lambda: console.dialogs)
        words = console.app.screen.query_one(TextArea)
        await console.until(lambda: words.text == "nobody quits, ever")
        await console.press("escape", "escape")
        console.pane.details.snapshot = None
        burst(console.app, "c", "left", "escape", "escape", "slash", "all")
        await console.until(lambda: console.pane.query_one(Input).value == "all")
        assert not console.dialogs
        await shop.cancel(request)


async def test_what_is_typed_behind_a_refused_key_is_ignored_until_the_typing_pauses(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BURST_PAUSE", 600)
    async with running_console(client, tab="3") as console:
        burst(console.app, "c", "no 2 q", "enter")  # n creates, 2 turns to another tab, q quits
        console.app.post_message(Paste("n"))
        await console.until(lambda: not console.app._handling)
        assert console.receipt == "· cancel campaign: not possible, there is no campaign to act on"
        burst(console.app, "n")
        later = Key("n", "n")
        later.time += 1200
        console.app.post_message(later)
        await console.until(lambda: console.dialogs)
        assert console.pane.system.name == "campaigns"
        assert "n" not in values(console.app)


async def test_each_value_goes_into_its_own_field_as_soon_as_the_key_before_is_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pause in ("POLL_INTERVAL", "KEY_TIMEOUT"):
        monkeypatch.setattr(keys, pause, 600)  # no key may wait for time to pass
    expected = {
        "order_id": "ORD-1",
        "customer.customer_id": "CUST-1",
        "customer.name": "Ada",
        "customer.email": "ada@example.com",
    }
    async with asked(FormDialog(Question("New order"), OrderRequest, {"currency": "USD"})) as pilot:
        fields = {path: control(pilot, path) for path in expected}
        burst(pilot.app, *[word for value in expected.values() for word in (value, "enter")])
        await eventually(
            lambda: {path: getattr(field, "value", None) for path, field in fields.items()},
            lambda typed: typed == expected,
            seconds=20,
        )


async def test_a_click_waits_for_the_keys_that_were_typed_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEY_TIMEOUT", 600)
    async with asked(FormDialog(Question("New order"), OrderRequest, {"currency": "USD"})) as pilot:
        first, second = control(pilot, "order_id"), control(pilot, "customer.customer_id")
        first.focus()
        await pilot.pause()
        at = second.region.offset
        burst(pilot.app, "gid://shop/Order/1002")
        for kind in (MouseDown, MouseUp):
            pilot.app.post_message(
                kind(None, *at, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=at.x, screen_y=at.y)
            )
        burst(pilot.app, "CUST-1")
        await eventually(
            lambda: [getattr(field, "value", None) for field in (first, second)],
            lambda typed: typed == ["gid://shop/Order/1002", "CUST-1"],
            seconds=20,
        )
