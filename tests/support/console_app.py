"""The console on a real server, without the processes that it would start, driven as an operator would."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from temporalio.client import Client
from textual.css.query import NoMatches
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from console.app import ConsoleApp
from console.dialogs.base import Dialog
from console.gateway.rows import Row
from console.listing.row_table import RowTable
from console.listing.stage_line import StageChip
from console.memory import MemoryFile
from console.pane import SystemPane
from console.registry import SYSTEMS
from console.start.session import Session
from console.start.state import LaunchError, Server, SessionState
from console.systems.system import ConsoleSystem
from console.widgets.key_footer import KeyLabel
from console.widgets.receipt_line import ReceiptLine
from console.widgets.status_bar import StatusBar
from console.widgets.tab_bar import InboxTab, Tab
from tests.support.drawing import Changes, drawn_on_demand
from tests.support.eventually import eventually
from tests.support.forms import fill
from tests.support.snapshot import screen_text
from workflows.runtime.console_settings import ConsoleSettings

TIMEOUT = 60.0
"""Seconds that a test waits for something to show, on a busy machine too."""

STILL = 5
"""Looks in which nothing moves."""


class FixedSession(Session):
    """A session on a client that is there already. A test that sets ``state`` or ``client`` calls ``on_change``."""

    client: Client = None  # type: ignore[assignment]  # set by each instance
    state: SessionState = None  # type: ignore[assignment]

    def __init__(self, client: Client, state: SessionState | None = None) -> None:
        self.on_change: Callable[[SessionState], None] | None = None
        self._away = None
        self.client = client
        self.state = state or session_state()

    def retry_workers(self) -> None:
        """Have no workers."""

    async def switch(self, profile: str = "", namespace: str = "") -> None:
        """Know one other namespace."""
        if profile or namespace != "other":
            raise LaunchError("the server has none", 1)


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


class Console:
    """Presses the keys of a running console, and reads its screen."""

    def __init__(self, pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, ConsoleApp)
        self.pilot, self.app = pilot, pilot.app
        self.press = pilot.press

    # What is on the screen.

    @property
    def pane(self) -> SystemPane:
        """The pane that is shown."""
        return self.app.active

    @property
    def table(self) -> RowTable:
        """The list that is shown: the pane's, or the inbox."""
        return self.app.shown.table

    @property
    def list_text(self) -> str:
        """The visible part of the list, header included."""
        return "\n".join(self.table.render_line(y).text for y in range(self.table.size.height))

    @property
    def rows(self) -> list[str]:
        """The IDs in the list, without those that are leaving."""
        return [row.business_id for row in self.table.shown_rows]

    @property
    def row(self) -> Row:
        """The row under the cursor."""
        row = self.table.focused_row
        assert row is not None
        return row

    @property
    def details(self) -> str:
        """What is said of the workflow in focus."""
        return str(self.app.shown.details.query_one(Static).render())

    @property
    def chips(self) -> list[str]:
        """The stages with their counts, as far as they show."""
        return [str(chip.render()) for chip in self.pane.query(StageChip) if chip.display]

    @property
    def receipt(self) -> str:
        """The line above the footer."""
        return str(self.app.screen_stack[0].query_one(ReceiptLine).render())

    @property
    def status(self) -> str:
        """The line at the top."""
        return str(self.app.screen_stack[0].query_one(StatusBar).render())

    @property
    def footer(self) -> dict[str, bool]:
        """The words of the footer in their order, and whether each key is legal."""
        labels = self.app.screen_stack[0].query(KeyLabel)
        return {str(label.render()).split(maxsplit=1)[1].strip(): not label.has_class("-dimmed") for label in labels}

    @property
    def inbox(self) -> str:
        """What the tab bar says of the inbox."""
        return str(self.app.screen_stack[0].query_one(InboxTab).render())

    def tab(self, number: int) -> str:
        """Return what a tab says."""
        return str(list(self.app.screen_stack[0].query(Tab))[number - 1].render())

    @property
    def dialogs(self) -> int:
        """How many screens lie above the list."""
        return len(self.app.screen_stack) - 1

    @property
    def answer(self) -> str:
        """What the dialog says about the answer."""
        return self.text("#answer")

    def text(self, selector: str) -> str:
        """Return what a text of the topmost screen says."""
        return str(self.app.screen.query_one(selector, Static).render())

    # What an operator does.

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds on the screen. One that cannot be judged yet, without a row, does not."""

        async def looked() -> object:
            await self.pilot.pause()
            return condition()

        def screen() -> str:
            line = getattr(condition, "__code__", None)
            return f"condition: {line}\nlist:\n{self.list_text}\ndetails:\n{self.details}\nreceipt: {self.receipt}"

        await eventually(looked, ignoring=(AssertionError, NoMatches), describe=screen, seconds=TIMEOUT)

    async def shows(self, words: str) -> None:
        """Wait until the screen says ``words``."""
        drawn, text = -1, ""

        def said() -> bool:
            nonlocal drawn, text
            if drawn != Changes.count:  # else it would say the same
                drawn, text = Changes.count, screen_text(self.app)
            return words in text

        await self.until(said)

    async def focus(self, workflow_id: str, words: str) -> None:
        """Put the cursor on a workflow, and wait until its details say ``words``."""
        await self.until(lambda: self.table.select(workflow_id))
        await self.until(lambda: words in self.details)

    async def click(self, find: Callable[[], Widget]) -> None:
        """Click what ``find`` returns, once it stands still: a line that is laid out anew moves what is on it."""
        places: list[Region] = []

        def still() -> bool:
            widget = find()
            places.append(widget.region if widget.is_attached else Region())
            return bool(places[-1]) and places[-STILL:] == [places[-1]] * STILL

        await self.until(still)
        await self.pilot.click(find())

    async def open(self, key: str, workflow_id: str = "", words: str = "") -> Dialog[Any]:
        """Press a key, with a workflow in focus if one is named, and return the dialog that it opens."""
        if workflow_id:
            await self.focus(workflow_id, words)
        await self.press(key)
        await self.until(lambda: isinstance(self.app.screen, Dialog))
        await self.pilot.pause()
        screen = self.app.screen
        assert isinstance(screen, Dialog)
        screen_text(self.app)  # it can be drawn
        return screen

    async def refused(self, key: str, words: str) -> None:
        """Press a key, wait until the line above the footer says why it does nothing, and pause."""
        await self.press(key)
        await self.until(lambda: words in self.receipt)
        self.pause_typing()

    def pause_typing(self) -> None:
        """Let the next key count, as a pause after a refused one does."""
        self.app._ignored_until = 0

    async def send(self, answer: str | Mapping[str, object] = "", *, refused: str = "") -> None:
        """Type a reason or fill a form in, and send it; wait until it is gone, or says that it was ``refused``."""
        if isinstance(answer, str):
            await self.press(*answer)
        else:
            await fill(self.pilot, answer)
        await self.press("ctrl+s")
        if refused:
            await self.until(lambda: refused in self.answer)
        else:
            await self.closed()

    async def told(self, words: str) -> None:
        """Wait until the line above the footer says ``words``: they come after the dialog has had its answer."""
        await self.until(lambda: words in self.receipt)

    async def closed(self) -> None:
        """Wait until the dialog is gone."""
        await self.until(lambda: not isinstance(self.app.screen, Dialog))


@asynccontextmanager
async def running_console(
    client: Client,
    operator: str = "chen",
    *,
    tab: str = "1",
    size: tuple[int, int] = (160, 45),
    state: SessionState | None = None,
    systems: Sequence[ConsoleSystem[Any, Any]] = SYSTEMS,
    memory: MemoryFile | None = None,
    **settings: Any,  # noqa: ANN401 - settings of any type
) -> AsyncIterator[Console]:
    """Run the console with a tab turned on; without one on that of the last run."""
    given = ConsoleSettings(refresh_seconds=0.3, **settings)
    app = ConsoleApp(FixedSession(client, state), given, operator, systems, memory)
    with drawn_on_demand():
        async with app.run_test(size=size, notifications=True) as pilot:
            if tab:
                await pilot.press(tab)
            yield Console(pilot)
            if app.is_running:
                screen_text(app)  # whatever the test has left on the screen can be drawn
