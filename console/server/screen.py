"""The server: its version, task queues with pollers and backlog, workers, and the console's own calls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from console.commands.screen_commands import KeysHelp, ScreenCommands
from console.design.tone import Tone
from console.details.sections import problem, sections
from console.gateway.gateway import Gateway
from console.gateway.server_status import QueueState, ServerInfo, WorkerState
from console.server.drawing import about_server, own_calls, task_queues, workers
from console.systems.system import ConsoleSystem, kinds_of
from console.widgets.key_line import KeyLine
from workflows.runtime.settings import Settings, read_settings
from workflows.shared.errors import CallError

READ_SECONDS = 5.0
"""Between two looks at the server: each is a call for every kind of tasks of every queue."""

TICK = 1.0
SIGNS = (
    ("▲", "nobody polls, a backlog older than a minute, or a heartbeat that did not come"),
    ("seen", "when a worker last began or ended a poll; one lasts a minute at most"),
    ("slots", "tasks that a worker runs at once, by its latest heartbeat"),
)


class ServerScreen(Screen[None]):
    """Shows the server of ``gateway``, and the task queues that ``systems`` use."""

    COMMANDS: ClassVar = {ScreenCommands}
    DEFAULT_CSS = """
    ServerScreen {
        background: $surface;
        #server {
            height: 1fr; border: round $accent 70%; padding: 0 1; scrollbar-gutter: stable;
            border-title-color: $tone-accent; border-title-style: bold; border-subtitle-color: $tone-muted;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="back"),
        Binding("f5", "read", "Read again", id="read", tooltip="ask the server again now"),
        Binding("question_mark", "explain", "Help", id="help", key_display="?"),
    ]

    def __init__(self, gateway: Gateway, systems: Sequence[ConsoleSystem[Any, Any]]) -> None:
        super().__init__()
        self._gateway = gateway
        self._used_by = _used_by(systems)
        self._info: ServerInfo | None = None
        self._queues: Sequence[QueueState] = ()
        self._workers: Sequence[WorkerState] | None = None
        self._troubles: dict[str, str] = {}
        self._body = Static()

    def compose(self) -> ComposeResult:
        """Lay out one text above the keys."""
        with VerticalScroll(id="server") as frame:
            yield self._body
        frame.border_title = Content("Server")
        frame.border_subtitle = Content(f"read every {READ_SECONDS:g} s")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start reading."""
        self.query_one("#server").focus()
        self.action_read()
        self.set_interval(READ_SECONDS, self.action_read)
        self.set_interval(TICK, self._draw)
        self._draw()

    def action_read(self) -> None:
        """Ask the server now."""
        self.run_worker(self._read(), group="server", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        reader = self._gateway.server_status()

        async def info() -> None:
            self._info = self._info or await reader.info()

        async def queues() -> None:
            self._queues = await reader.queues(list(self._used_by))

        async def workers() -> None:
            self._workers = await reader.workers()

        await asyncio.gather(
            self._part("server", info), self._part("task queues", queues), self._part("workers", workers)
        )
        self._draw()

    async def _part(self, about: str, read: Callable[[], Awaitable[None]]) -> None:
        """Read one part; what cannot be read does not hide the others."""
        try:
            await read()
        except CallError as error:
            self._troubles[about] = str(error)
        else:
            self._troubles.pop(about, None)

    @on(Resize)
    def _draw(self) -> None:
        gateway, now = self._gateway, datetime.now(UTC)
        width = max(self.query_one("#server").scrollable_content_region.width, 20)
        reading = Tone.MUTED.styled("reading …")
        self._body.update(
            sections(
                *(problem(f"{about}: {words}") for about, words in self._troubles.items()),
                about_server(gateway.state.server, self._info, width, read_settings(Settings).identity),
                task_queues(self._queues, self._used_by, now, width) if self._queues else reading,
                workers(self._workers, list(self._used_by), self._info, now) if self._workers is not None else "",
                own_calls(gateway.health.calls, gateway.budget.per_second, width),
            )
        )

    def action_explain(self) -> None:
        """Explain keys and signs."""
        self.app.push_screen(KeysHelp("Server", self, SIGNS))


def _used_by(systems: Sequence[ConsoleSystem[Any, Any]]) -> Mapping[str, str]:
    """Return the task queues of the tabs, each with the names of what runs on it."""
    names: dict[str, list[str]] = {}
    for kind in (kind for tab in systems for kind in kinds_of(tab)):
        names.setdefault(kind.client.default_task_queue, []).append(kind.title.lower())
    return {queue: ", ".join(dict.fromkeys(titles)) for queue, titles in names.items()}
