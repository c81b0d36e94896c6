"""The table of rows: it draws only lines that changed, and keeps the cursor on the same workflow.

Twenty changes a second among a thousand rows must not delay a key. Textual's DataTable redraws every visible cell for
one that changed, about 40 ms each time.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Leave, MouseMove
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from console.design.text import plain
from console.gateway.rows import Row
from console.listing.columns import fit
from console.listing.markable_table import MarkableTable
from console.listing.marks import SIGN
from console.listing.row_model import GLOW_SECONDS, RowModel
from console.model import Column
from console.widgets.line_view import TRACK_CELLS

PADDING = 1
"""Cells before and after the text of each column."""


class RowTable(MarkableTable, can_focus=True):
    """Rows of workflows; :meth:`show` finds out what changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--hover"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step_stage(-1)", "Stage to the left", show=False),
        Binding("right", "step_stage(1)", "Stage to the right", show=False),
        Binding("enter", "choose", "Details", show=False),
    ]

    _hovered: reactive[int | None] = reactive(None, repaint=False)

    class CursorMoved(Message):
        """Another row may be under the cursor."""

    class Chosen(Message):
        """Open the details of the row under the cursor."""

    class StageStepped(Message):
        """Filter by the stage ``step`` places to the right."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class EndReached(Message):
        """The cursor is on the last row: load the next page."""

    def __init__(self, columns: Sequence[Column], *, keeps_focused: bool = True) -> None:
        """With ``keeps_focused`` a row that has left stays while it is under the cursor."""
        super().__init__()
        self._keeps_focused = keeps_focused
        self._columns = tuple(columns)
        self._model = RowModel(columns)
        self._widths: dict[Column, int] = {}

    @property
    def line_count(self) -> int:
        """The number of rows, leaving ones included."""
        return len(self._model.lines)

    @property
    def focused_row(self) -> Row | None:
        """The row under the cursor."""
        return self._model.lines[self.cursor].row if self.cursor < self.line_count else None

    @property
    def visible_rows(self) -> list[Row]:
        """The rows on the screen."""
        return [self._model.lines[index].row for index in self.lines_in_view]

    @property
    def shown_rows(self) -> list[Row]:
        """All rows in order, without leaving ones."""
        return [line.row for line in self._model.lines if line.leaving is None]

    def show(self, rows: Sequence[Row], *, anew: bool = False) -> None:
        """Show ``rows`` in this order; ``anew`` after a change of the filter, without glow or fading."""
        now = datetime.now(UTC)
        workflow_id, index = self.focused_id, self.cursor
        if anew or not self.line_count:
            self._model.reset(rows, now)
            moved, changed = True, list[int]()
        else:
            moved, changed = self._model.update(rows, now)
            moved = self._model.drop_faded(workflow_id if self._keeps_focused else None) or moved
            self.set_timer(GLOW_SECONDS, self._end_glows)
        if moved:
            self._follow(workflow_id, index, scroll=not anew)
        else:
            if changed:
                self.measure()
            self.draw_again([*changed, *self._model.tick(self.lines_in_view, now)])

    def draw_live(self) -> None:
        """Draw again what cells say now."""
        self.draw_again(self._model.tick(self.lines_in_view, datetime.now(UTC)))

    def holds(self, workflow_id: str) -> bool:
        """Return whether a workflow is among the rows, leaving ones included."""
        return self._model.index(workflow_id) is not None

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns in this order, with the cursor on the same row."""
        if tuple(columns) == self._columns:
            return
        workflow_id, index, rows = self.focused_id, self.cursor, self.shown_rows
        self._columns = tuple(columns)
        self._widths = {}
        self._model = RowModel(columns)
        self._model.reset(rows, datetime.now(UTC))
        self._follow(workflow_id, index, scroll=True)

    def select(self, workflow_id: str) -> bool:
        """Put the cursor on a workflow, and return whether it is in the list."""
        index = self._model.index(workflow_id)
        if index is not None:
            self.cursor = index
        return index is not None

    def select_next(self, waits: Callable[[Row], bool]) -> bool:
        """Put the cursor on the next row that ``waits``, below it or else above, and return whether there is one."""
        start = self.cursor + 1
        lines = self._model.lines
        order = [*range(start, len(lines)), *range(min(start - 1, len(lines)))]
        found = next((index for index in order if lines[index].leaving is None and waits(lines[index].row)), None)
        if found is not None:
            self.cursor = found
        return found is not None

    # The cursor.

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines, and tell others."""
        super().watch_cursor(before, now)
        self.post_message(self.CursorMoved())
        if now == self.line_count - 1 > before:
            self.post_message(self.EndReached())

    def watch__hovered(self, before: int | None, now: int | None) -> None:
        """Draw both lines."""
        self.draw_again([index for index in (before, now) if index is not None])

    def action_step_stage(self, step: int) -> None:
        """Filter by another stage."""
        self.post_message(self.StageStepped(step))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.line_count:
            self.post_message(self.Chosen())

    def on_mouse_move(self, event: MouseMove) -> None:
        """Mark the line under the mouse."""
        if not self.dragging:
            self._hovered = self.index_at(event.y)

    def on_leave(self, _: Leave) -> None:
        """Mark no line."""
        self._hovered = None

    @property
    def focused_id(self) -> str | None:
        """The ID of the workflow under the cursor."""
        row = self.focused_row
        return row.key.workflow_id if row else None

    def _follow(self, workflow_id: str | None, was: int, *, scroll: bool) -> None:
        """Keep the cursor on the same row after lines have moved, and at the same height on the screen."""
        now = self._model.index(workflow_id) if workflow_id else None
        self.measure()
        if now is None:
            now = min(was, self.line_count - 1) if scroll else 0
        elif scroll and self.scroll_offset.y > 0:
            self.scroll_to(y=self.scroll_offset.y + now - was, animate=False)
        self.put_cursor(now)
        self.post_message(self.CursorMoved())

    def rows_between(self, one: int, other: int) -> list[Row]:
        """Return the rows from one index to another, both included."""
        lines = self._model.lines[min(one, other) : max(one, other) + 1]
        return [line.row for line in lines if line.leaving is None]

    def index_of(self, workflow_id: str) -> int | None:
        """Return the index of a workflow's row."""
        return self._model.index(workflow_id)

    def measure(self) -> None:
        """Fit the columns to the width, too."""
        super().measure()
        widths = fit(self._columns, self.virtual_size.width - TRACK_CELLS, PADDING, self._model.longest_cells())
        if widths != self._widths:
            self._widths = widths
            self.refresh()

    # Drawing.

    def draw_header(self, width: int) -> Strip:
        """Return the titles of the columns."""
        style = self.part_style("header")
        segments = [
            Segment(_cell(column.title, cells, align=column.align), style) for column, cells in self._widths.items()
        ]
        return Strip(segments).adjust_cell_length(width, style)

    def draw_line(self, index: int, width: int, background: Style) -> Strip:
        """Return a row."""
        line = self._model.lines[index]
        segments: list[Segment] = []
        marked = line.row in self.marks
        for number, (column, cell) in enumerate(zip(self._columns, line.cells, strict=True)):
            if (cells := self._widths.get(column)) is not None:
                tone = self.palette.style(cell.tone, glow=number in line.glows, faded=line.leaving is not None)
                text = cell.short if cell.short and cell_len(cell.text) > cells else cell.text
                drawn = _cell(text, cells, align=column.align)
                segments.append(Segment(SIGN + drawn[1:] if marked and not segments else drawn, background + tone))
        return Strip(segments).adjust_cell_length(width, background)

    def background_of(self, index: int) -> Style:
        """Return the background of a row: that of the cursor, or of the mouse, or the table's."""
        hovered = index == self._hovered and index != self.cursor
        return self.part_style("hover") if hovered else super().background_of(index)

    def _end_glows(self) -> None:
        self.draw_again(self._model.end_glows())


def _cell(text: str, width: int, *, align: str) -> str:
    """Return ``text`` in a column of ``width`` cells, padded; a longer one ends in ``…``."""
    if cell_len(text) > width:
        text = plain(text, limit=width)
    space, pad = " " * (width - cell_len(text)), " " * PADDING
    return f"{pad}{space}{text}{pad}" if align == "right" else f"{pad}{text}{space}{pad}"
