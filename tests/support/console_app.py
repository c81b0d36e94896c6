"""The console on a real server, without the processes that it would start."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from temporalio.client import Client
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from console.app import ConsoleApp
from console.details.detail_view import DetailView
from console.dialogs.base import Dialog
from console.gateway.rows import Row
from console.pane import SystemPane
from console.settings import ConsoleSettings
from console.start.session import Session
from console.start.state import Server, SessionState
from console.widgets.receipt_line import ReceiptLine
from console.widgets.tab_bar import Tab
from tests.support.eventually import eventually

TIMEOUT = 20.0
"""Seconds that a test waits for something to show."""

STILL = 5
"""Looks in which nothing moves."""


class FixedSession(Session):
    """A session on a client that is there already. A test that sets ``state`` or ``client`` calls ``on_change``."""

    client: Client = None  # type: ignore[assignment]  # set by each instance
    state: SessionState = None  # type: ignore[assignment]

    def __init__(self, client: Client, state: SessionState | None = None) -> None:
        self.on_change: Callable[[SessionState], None] | None = None
        self.client = client
        self.state = state or session_state()


def session_state(
    address: str = "test",
    *,
    ui_url: str | None = None,
    embedded: bool = False,
    **state: Any,  # noqa: ANN401 - fields of any type
) -> SessionState:
    """Return a state of the session that does not change."""
    server = Server(address, "default", ui_url, embedded=embedded)
    return replace(SessionState(server, workers="workers of the test", search_attributes=True), **state)


@asynccontextmanager
async def running_console(
    client: Client,
    operator: str,
    *,
    size: tuple[int, int] = (160, 45),
    tab: str = "1",
    ui_url: str | None = None,
    **settings: Any,  # noqa: ANN401 - settings of any type
) -> AsyncIterator[Pilot[None]]:
    """Run the console with a tab turned on."""
    session = FixedSession(client, session_state(ui_url=ui_url))
    app = ConsoleApp(session, ConsoleSettings(refresh_seconds=0.3, **settings), operator)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press(tab)
        yield pilot


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str) -> None:
    """Wait until ``condition`` holds on the screen."""

    async def looked() -> object:
        await pilot.pause()
        return condition()

    def screen() -> str:
        return f"wanted {what}; details:\n{details(pilot)}\nreceipt: {receipt(pilot)}"

    await eventually(looked, describe=screen, seconds=TIMEOUT)


async def click(pilot: Pilot[None], find: Callable[[], Widget]) -> None:
    """Click what ``find`` returns, once it stands still: a line that is laid out anew moves what is on it."""
    places: list[Region] = []

    def still() -> bool:
        widget = find()
        places.append(widget.region if widget.is_attached else Region())
        return bool(places[-1]) and places[-STILL:] == [places[-1]] * STILL

    await until(pilot, still, "a widget that stands still")
    await pilot.click(find())


def details(pilot: Pilot[None]) -> str:
    """Return what the details of the workflow in focus say."""
    view = active(pilot).query_one(DetailView)
    return str(view.query_one(Static).render())


def receipt(pilot: Pilot[None]) -> str:
    """Return the line above the footer."""
    return str(pilot.app.screen_stack[0].query_one(ReceiptLine).render())


def tab_text(pilot: Pilot[None], number: int) -> str:
    """Return what a tab says."""
    return str(list(pilot.app.screen_stack[0].query(Tab))[number - 1].render())


def active(pilot: Pilot[None]) -> SystemPane:
    """Return the pane that is shown."""
    assert isinstance(pilot.app, ConsoleApp)
    return pilot.app.active


def focused(pilot: Pilot[None]) -> Row:
    """Return the row under the cursor."""
    row = active(pilot).table.focused_row
    assert row is not None
    return row


async def focus(pilot: Pilot[None], workflow_id: str, words: str) -> None:
    """Put the cursor on a workflow, and wait until its details say ``words``."""
    await until(pilot, lambda: bool(active(pilot).table.select(workflow_id)), f"{workflow_id} in the list")
    await until(pilot, lambda: words in details(pilot), f"{words!r} in the details of {workflow_id}")


async def open_dialog(pilot: Pilot[None], key: str) -> Dialog[Any]:
    """Press a key, and return the dialog that it opens."""
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, Dialog), f"the dialog of {key}")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, Dialog)
    return screen


async def closed(pilot: Pilot[None]) -> None:
    """Wait until the dialog is gone."""
    await until(pilot, lambda: not isinstance(pilot.app.screen, Dialog), "the dialog to close")


def answer_line(dialog: Dialog[Any]) -> str:
    """Return what a dialog says about the answer."""
    return str(dialog.query_one("#answer", Static).render())
