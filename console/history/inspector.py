"""A full view of one thing in a history: its failures with their causes, and its payloads as indented JSON."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.clipboard import copy
from console.design.text import plain
from console.design.tone import Tone
from console.gateway.events.documents import Document
from console.history.text import TextLine, drawn, text_lines, wrapped
from console.history.virtual_list import VirtualList
from console.widgets.excerpt import Excerpt
from console.widgets.line_view import TRACK_CELLS

KEYS = "↑ ↓ pgup pgdn scroll · y copy as JSON · esc back"


class Inspector(ModalScreen[None]):
    """Shows documents. ``read`` decodes them."""

    DEFAULT_CSS = """
    Inspector {
        #inspector {
            height: 1fr; margin: 1 2 0 2; background: $surface; border: round $accent 70%; padding: 0 1;
            border-title-color: $text-accent; border-title-style: bold; border-subtitle-color: $tone-muted;
        }
        #inspector-said { height: auto; max-height: 3; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Back", show=False),
        Binding("y", "copy", "Copy as JSON", show=False),
    ]

    def __init__(self, title: str, read: Callable[[], Awaitable[Sequence[Document]]]) -> None:
        super().__init__()
        self._title, self._read = title, read
        self._documents: Sequence[Document] = ()
        self._lines: list[TextLine] = [("reading …", Tone.MUTED)]
        self._list = VirtualList(header_lines=0)

    def compose(self) -> ComposeResult:
        """Lay out the text above the keys."""
        with Vertical(id="inspector") as frame:
            yield self._list
        yield Excerpt(Content(KEYS), id="inspector-said")
        frame.border_title = Content(plain(self._title, limit=120))

    def on_mount(self) -> None:
        """Decode, beside the screen."""
        self._list.focus()
        self.run_worker(self._load(), group="inspector", exit_on_error=False)

    async def _load(self) -> None:
        self._documents = await self._read()
        now = datetime.now(UTC)
        self._lines = await asyncio.to_thread(text_lines, self._documents, now)
        await self._draw()

    @on(Resize)
    async def _draw(self) -> None:
        """Fit the width."""
        width = max(self._list.size.width - TRACK_CELLS, 20)
        lines = await asyncio.to_thread(wrapped, self._lines, width)
        self._list.show(len(lines), lambda _: (), lambda index, _: drawn(lines[index]))
        self.query_one("#inspector").border_subtitle = Content(f"{len(self._lines):,} lines")

    @property
    def text(self) -> str:
        """All lines, unwrapped."""
        return "\n".join(line for line, _ in self._lines)

    async def action_copy(self) -> None:
        """Copy everything as JSON."""
        values = [{"event": document.title, **_named(document.values)} for document in self._documents]
        said = await copy(self.app, json.dumps(values, indent=2, ensure_ascii=False))
        self.query_one("#inspector-said", Static).update(Tone.MUTED.styled(f"copied {said}".rstrip()))

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            words = plain(f"it cannot be shown: {event.worker.error}")
            self._list.show(1, lambda _: (), lambda _, __: [(words, Tone.HUMAN)])


def _named(values: object) -> dict[str, object]:
    return values if isinstance(values, dict) else {"value": values}
