"""The screen of one person: sums and open items on top, then everything that happened, newest first."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.commands.screen_commands import KeysHelp, ScreenCommands
from console.customer.drawing import Widths, head, pieces, searched, title
from console.customer.reader import BY_ID, PersonReader
from console.customer.sources import Source
from console.customer.timeline import Line, lines_of, missing_before
from console.design.times import zone_words
from console.details.sections import problem
from console.gateway.gateway import Gateway
from console.gateway.ticker import Ticker
from console.history.virtual_list import Piece, VirtualList
from console.inbox.messages import OpenItem
from console.systems.system import ConsoleSystem
from console.widgets.excerpt import Excerpt
from console.widgets.key_line import KeyLine
from console.widgets.line_input import LineInput
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.counts import number_of

READ_INTERVAL = 5.0
"""Seconds between two reads: a List call or two for each system."""

RECORD_INTERVAL = 10.0
"""Seconds between two questions to a system: a query, or a workflow that asks the store."""

SIGNS = (
    ("○", "a workflow started: its latest run"),
    ("✔ ✖ ◔", "a message was sent, refused, or held"),
    ("·", "a change, such as of consent"),
    ("▲", "a person must look, or nobody answered"),
)


class PersonRead(Message):
    """Something was read; the reader has it."""

    def can_replace(self, message: Message) -> bool:
        """Let one stand for several."""
        return isinstance(message, PersonRead)


class PersonLines(VirtualList):
    """The lines. At the last one more is read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="open", tooltip="open the item in its tab")
    ]

    class EndReached(Message):
        """The cursor is on the last line."""

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines, and tell when the end is reached."""
        super().watch_cursor(before, now)
        if now == self.line_count - 1 > before:
            self.post_message(self.EndReached())


class PersonScreen(Screen[None]):
    """Shows one person."""

    COMMANDS: ClassVar = {ScreenCommands}
    DEFAULT_CSS = """
    PersonScreen {
        background: $surface;
        #person {
            height: 1fr; border: round $accent 70%; padding: 0 1;
            border-title-color: $tone-accent; border-title-style: bold; border-subtitle-color: $tone-muted;
        }
        #person-head { height: auto; max-height: 40%; margin: 0 0 1 0; }
        #person-searched { height: auto; max-height: 25%; padding: 0 1; }
        #person-open { display: none; padding: 0 1; background: $field; }
        #person-open:focus { background: $field-focus; }
        #person-said { height: auto; max-height: 3; padding: 0 1; display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="back"),
        Binding("slash", "other", "Another person", id="filter", key_display="/", tooltip="type another ID"),
        Binding("h", "history", "History", id="history", tooltip="the whole history of the item's latest run"),
        Binding("f5", "read_again", "Read again", id="read", show=False, tooltip="read everything again now"),
        Binding("question_mark", "explain", "Help", id="help", key_display="?"),
    ]

    def __init__(
        self,
        gateway: Gateway,
        settings: ConsoleSettings,
        systems: Sequence[ConsoleSystem[Any, Any]],
        person_id: str,
    ) -> None:
        super().__init__()
        self._gateway, self._settings, self._systems = gateway, settings, systems
        self._reader = PersonReader(gateway, systems, person_id)
        self._ticker = Ticker()
        self.lines: list[Line] = []
        self.list = PersonLines(header_lines=0)
        self._head, self._searched, self._said = (
            Excerpt(id="person-head"),
            Excerpt(id="person-searched"),
            Excerpt(id="person-said"),
        )

    def compose(self) -> ComposeResult:
        """Lay out the sums above the lines, what was searched, and the keys."""
        with Vertical(id="person"):
            yield self._head
            yield self.list
        yield self._searched
        yield LineInput(placeholder="the ID of another person", id="person-open", compact=True)
        yield self._said
        yield KeyLine()

    def on_mount(self) -> None:
        """Start reading."""
        self.list.focus()
        self._show_person(self._reader)

    def _show_person(self, reader: PersonReader) -> None:
        self._reader, self.lines = reader, []
        self.list.show(0, lambda _: (), lambda _, __: (), 0)
        self.run_worker(self._read_lists(reader), group="person", exclusive=True, exit_on_error=False)
        self.workers.cancel_group(self, "record")
        for source in reader.records:
            self.run_worker(self._read_record(reader, source), group="record", exit_on_error=False)
        self._draw()

    # Reading.

    async def _read_lists(self, reader: PersonReader) -> None:
        while True:
            for source in reader.lists:
                await reader.read(source)
                self.post_message(PersonRead())
            await reader.read_contact()
            self.post_message(PersonRead())
            await self._ticker.wait(READ_INTERVAL)

    async def _read_record(self, reader: PersonReader, source: Source) -> None:
        while True:
            await reader.read(source)
            self.post_message(PersonRead())
            await asyncio.sleep(RECORD_INTERVAL)

    async def _read_more(self, reader: PersonReader) -> None:
        await reader.read_more()
        self.post_message(PersonRead())

    @on(PersonLines.EndReached)
    def _end_reached(self) -> None:
        self.run_worker(self._read_more(self._reader), group="more", exclusive=True, exit_on_error=False)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._say(problem(f"unexpected error: {event.worker.error}"))

    # Drawing.

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._draw)

    @on(PersonRead)
    def _draw(self) -> None:
        reader, now = self._reader, datetime.now(UTC)
        person, width = reader.person, max(self.size.width - 4, 40)
        before = self._line
        moments = missing_before([source.missing_before for source in person.sources])
        self.lines = lines_of(person.items, person.entries, moments, now)
        same = (
            index for index, line in enumerate(self.lines) if before and not before.heading and line.key == before.key
        )
        at = next(same, self.list.cursor or 1)
        draw = partial(self._pieces, tuple(self.lines), Widths.of(self.lines, width))
        self.list.show(len(self.lines), lambda _: (), draw, at)
        self._head.update(head(reader, width))
        self._searched.update(searched(reader, width))
        place = self.query_one("#person")
        place.border_title = title(person.person_id, person.contact)
        place.border_subtitle = Content(
            f"{number_of(len(person.items), 'item')} · {number_of(len(person.entries), 'entry', 'entries')}"
            f" · times in {zone_words(now)}"
        )

    def _pieces(self, lines: Sequence[Line], widths: Widths, index: int, width: int) -> Sequence[Piece]:
        return pieces(lines[index], widths, width)

    def _say(self, content: Content) -> None:
        self._said.update(content)
        self._said.display = bool(content)

    # Keys.

    @property
    def _line(self) -> Line | None:
        return self.lines[self.list.cursor] if self.list.cursor < len(self.lines) else None

    def action_history(self) -> None:
        """Open the history of the line's workflow."""
        from console.history.screen import HistoryScreen

        if self._line is None or self._line.run is None:
            self._say(problem("history: this line belongs to no workflow"))
        else:
            self.app.push_screen(HistoryScreen(self._gateway, self._settings, self._line.run, self._systems))

    @on(PersonLines.Chosen)
    def _open(self) -> None:
        line = self._line
        if line is None or not line.tab:
            self._say(problem("this line belongs to no item of a tab"))
        else:
            self.app.post_message(OpenItem(line.tab, line.business_id))

    def action_other(self) -> None:
        """Type another ID."""
        place = self.query_one("#person-open", Input)
        place.display = True
        place.focus()

    @on(Input.Submitted, "#person-open")
    def _other_typed(self, event: Input.Submitted) -> None:
        person_id = event.value.strip()
        self._close_input()
        if person_id:
            self._show_person(PersonReader(self._gateway, self._systems, person_id))

    def _close_input(self) -> None:
        place = self.query_one("#person-open", Input)
        place.value, place.display = "", False
        self.list.focus()

    def action_read_again(self) -> None:
        """Read everything again."""
        self._show_person(PersonReader(self._gateway, self._systems, self._reader.person_id))

    def action_leave(self) -> None:
        """Go back from the ID to the lines, and from there to where it was opened."""
        if self.query_one("#person-open").has_focus:
            self._close_input()
        else:
            self.dismiss()

    def _limits(self) -> list[tuple[str, str]]:
        return [("searched", BY_ID), *(("not known", words) for words in self._reader.limits)]

    def action_explain(self) -> None:
        """Explain keys and signs."""
        self.app.push_screen(KeysHelp("One person", self, [*SIGNS, *self._limits()]))
