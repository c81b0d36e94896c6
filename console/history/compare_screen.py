"""The screen with two runs side by side."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.commands.screen_commands import KeysHelp, ScreenCommands
from console.design.tone import Tone
from console.details.sections import problem
from console.gateway.events.documents import Document
from console.gateway.gateway import Gateway
from console.gateway.rows import RowKey
from console.history.comparison import Difference, Pair, Step, compare, steps_of
from console.history.groups import History
from console.history.inspector import Inspector
from console.history.reading import BusinessRead, EventsRead, HistoryReader, ReadFailed
from console.history.virtual_list import Piece, VirtualList
from console.history.words import length, pieces, safe
from console.systems.system import ConsoleSystem, system_of
from console.widgets.excerpt import Excerpt
from console.widgets.key_line import KeyLine
from workflows.shared.counts import number_of
from workflows.shared.timeline import TimelineEntry

COMPARE_PAUSE = 0.3
"""Seconds in which further events may come before both runs are compared again."""

MARK_CELLS = 3
TONES = {
    Difference.NONE: Tone.MUTED,
    Difference.DATA: Tone.WAITING,
    Difference.OUTCOME: Tone.HUMAN,
    Difference.ONLY_FIRST: Tone.MOVING,
    Difference.ONLY_OTHER: Tone.MOVING,
}
SIGNS = (
    ("≠", "the same step ended otherwise, or took another number of tries"),
    ("~", "the same step with other payloads; only compared for two runs of one ID"),
    ("< >", "only in the first run, or only in the other one"),
)


class SideRead(Message):
    """Something was read of the first run (0) or the other one (1)."""

    def __init__(self, side: int, content: Message) -> None:
        super().__init__()
        self.side, self.content = side, content


class Side:
    """One of the two runs, as far as it has been read."""

    def __init__(self, gateway: Gateway, key: RowKey, system: ConsoleSystem[Any, Any] | None) -> None:
        self.run = gateway.history(key)
        self.run.begin()
        self.history = History()
        self.entries: Sequence[TimelineEntry] = ()
        self.problem = ""
        self._gateway, self._system = gateway, system

    def reader(self, post: Callable[[Message], object]) -> HistoryReader:
        """Return what reads the run."""
        return HistoryReader(self._gateway, self.run, self._system, post)

    @property
    def name(self) -> str:
        """Which run it is."""
        started = f" · {self.history.events[0].at.astimezone():%d %b %H:%M:%S}" if self.history.events else ""
        run = f"run …{self.run.key.run_id[-6:]}{started}"
        return f"{run} · {safe(self.run.key.workflow_id)}"


class ComparePanel(VirtualList):
    """The lines. The key ``enter`` is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.open", "Payloads", id="compare.open", tooltip="payloads of both sides of the line")
    ]


class CompareScreen(Screen[None]):
    """Shows the runs ``first`` and ``other``, aligned by business step."""

    COMMANDS: ClassVar = {ScreenCommands}
    DEFAULT_CSS = """
    CompareScreen {
        background: $surface;
        #compare {
            height: 1fr; border: round $accent 70%; padding: 0 1;
            border-title-color: $tone-accent; border-title-style: bold; border-subtitle-color: $tone-muted;
        }
        #compare-said { height: auto; max-height: 3; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="back"),
        Binding("n", "difference(1)", "Next difference", id="compare.next", tooltip="go to the next difference"),
        Binding("N", "difference(-1)", "Difference before", show=False, tooltip="go to the difference before"),
        Binding("d", "only", "Only differences", id="compare.only", tooltip="leave out what is the same, or show all"),
        Binding("question_mark", "explain", "Help", id="help", key_display="?"),
    ]

    def __init__(
        self, gateway: Gateway, first: RowKey, other: RowKey, systems: Sequence[ConsoleSystem[Any, Any]]
    ) -> None:
        super().__init__()
        self._sides = [Side(gateway, key, system_of(key.workflow_id, systems)) for key in (first, other)]
        self._same_id = first.workflow_id == other.workflow_id
        self._pairs: list[Pair] = []
        self.shown: list[Pair] = []
        self._only = False
        self._wanted = asyncio.Event()
        self.panel = ComparePanel()

    def compose(self) -> ComposeResult:
        """Lay out the lines above what is said, and the keys."""
        self.panel.id = "compare"
        self.panel.border_title = Content("Two runs, step by step")
        yield self.panel
        yield Excerpt(id="compare-said")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start reading both."""
        self.panel.focus()
        for number, side in enumerate(self._sides):
            reader = side.reader(partial(self._post, number))
            for read in (reader.events, reader.description, reader.business):
                self.run_worker(read(), group="compare", exit_on_error=False)
        self.run_worker(self._compare(), group="compare", exit_on_error=False)

    def _post(self, number: int, message: Message) -> None:
        self.post_message(SideRead(number, message))

    @on(SideRead)
    def _side_read(self, message: SideRead) -> None:
        side = self._sides[message.side]
        match message.content:
            case EventsRead() as read:
                side.history.add(read.events)
            case BusinessRead() as read:
                side.entries = read.entries
            case ReadFailed() as failed:
                side.problem = failed.reason
            case _:
                pass
        self._wanted.set()

    async def _compare(self) -> None:
        """Compare whenever something has been read, beside the screen."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(COMPARE_PAUSE)
            self._wanted.clear()
            now = datetime.now(UTC)
            first, other = (steps_of(side.history, side.entries, now) for side in self._sides)
            self._pairs = await asyncio.to_thread(compare, first, other, self._same_data)
            self._show()

    def _same_data(self, first: Step, other: Step) -> bool:
        if first.group is None or other.group is None or not self._same_id:
            return first.text == other.text or not self._same_id
        one, two = self._sides
        groups = (first.group, other.group)
        ids = [[event.event_id for event in group.events] for group in groups]
        return one.run.payload_bytes(ids[0]) == two.run.payload_bytes(ids[1])

    # Drawing.

    def _show(self) -> None:
        focused = self.shown[self.panel.cursor] if self.panel.cursor < len(self.shown) else None
        self.shown = [pair for pair in self._pairs if not self._only or pair.difference is not Difference.NONE]
        cursor = next((index for index, pair in enumerate(self.shown) if pair == focused), 0)
        self.panel.show(len(self.shown), self._titles, self._line, cursor)
        self._sum_up()

    def _sum_up(self) -> None:
        troubles = [problem(side.problem) for side in self._sides if side.problem]
        differ = sum(pair.difference is not Difference.NONE for pair in self._pairs)
        read = all(side.run.complete for side in self._sides)
        words = f"{number_of(len(self._pairs), 'step')}, {differ or 'none'} different{'' if read else ' · reading …'}"
        self.say(Content("\n").join([*troubles, Tone.MUTED.styled(words)]))

    def _titles(self, width: int) -> Sequence[Piece]:
        room = self._room(width)
        first, other = (_fit([(side.name, Tone.MUTED)], room) for side in self._sides)
        return [(" " * MARK_CELLS, Tone.MUTED), *first, ("  ", Tone.MUTED), *other]

    def _line(self, index: int, width: int) -> Sequence[Piece]:
        pair, room = self.shown[index], self._room(width)
        now, tone = datetime.now(UTC), TONES[pair.difference]
        sign = "" if pair.difference is Difference.NONE else pair.difference.value
        first, other = (
            _fit(self._step(step, side, now), room) for step, side in zip(_both(pair), self._sides, strict=True)
        )
        return [(f"{sign:<{MARK_CELLS}}", tone), *first, ("  ", tone), *other]

    def _step(self, step: Step | None, side: Side, now: datetime) -> list[Piece]:
        if step is None or not side.history.events:
            return []
        after = (f"+{length(max(step.at - side.history.events[0].at, timedelta())):<11} ", Tone.MUTED)
        if step.group is None:
            return [after, (f"▏{safe(step.text)}", Tone.PLAIN)]
        return [after, *pieces(step.group, now)]

    def _room(self, width: int) -> int:
        return max((width - MARK_CELLS - 2) // 2, 10)

    def say(self, content: Content) -> None:
        """Show words above the keys."""
        self.query_one("#compare-said", Static).update(content)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.say(problem(f"unexpected error: {event.worker.error}"))

    # Keys.

    def action_difference(self, step: int) -> None:
        """Go to the next difference, or the one before."""
        found = [index for index, pair in enumerate(self.shown) if pair.difference is not Difference.NONE]
        if not found:
            self._sum_up()
            return
        number = self.panel.move_to_next(found, step) + 1
        self.say(Tone.MUTED.styled(f"difference {number} of {len(found)}"))

    def action_only(self) -> None:
        """Leave out what is the same, or show all again."""
        self._only = not self._only
        self._show()

    @on(VirtualList.Chosen)
    def action_open(self) -> None:
        """Show the payloads of both sides."""
        if self.panel.cursor < len(self.shown):
            pair = self.shown[self.panel.cursor]
            words = next(step.text or (step.group.name if step.group else "") for step in _both(pair) if step)
            self.app.push_screen(Inspector(words, partial(self._documents, pair)))

    async def _documents(self, pair: Pair) -> list[Document]:
        read: list[Document] = []
        for side, step, word in zip(self._sides, _both(pair), ("first run", "other run"), strict=True):
            if step is not None and step.group is None:
                read.append(Document(f"{word}: what the business says", step.at, step.text))
            elif step is not None and step.group is not None:
                documents = await side.run.documents([event.event_id for event in step.group.events])
                read += [Document(f"{word}: {one.title}", one.at, one.values, one.failures) for one in documents]
        return read

    def action_explain(self) -> None:
        """Explain the keys."""
        self.app.push_screen(KeysHelp("Two runs", self, SIGNS))


def _both(pair: Pair) -> tuple[Step | None, Step | None]:
    return pair.first, pair.other


def _fit(said: Sequence[Piece], cells: int) -> list[Piece]:
    """Return pieces that take exactly so many cells."""
    made: list[Piece] = []
    left = cells
    for text, tone in said:
        taken = cell_len(text)
        if taken > left:
            made.append((set_cell_size(text, max(left - 1, 0)) + "…"[:left], tone))
            return made
        made.append((text, tone))
        left -= taken
    return [*made, (" " * left, Tone.PLAIN)]
