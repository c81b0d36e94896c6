"""The table of rows: it draws only lines that changed, and keeps the cursor on the same workflow.

Twenty changes a second among a thousand rows must not delay a key. Textual's DataTable redraws every visible cell for
one that changed, about 40 ms each time, and its scroll bar takes as long as all lines; so both are drawn here by line.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Leave, MouseDown, MouseMove, MouseUp, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from console.design.text import plain
from console.gateway.rows import Row
from console.listing.columns import fit
from console.listing.markable_table import MarkableTable
from console.listing.marks import SIGN
from console.listing.row_model import GLOW_SECONDS, Line, RowModel
from console.listing.scrollbar_thumb import ScrollbarThumb
from console.model import Column
from console.widgets.palette import Palette

HEADER_LINES = 1
PADDING = 1
"""Cells before and after the text of each column."""
TRACK_CELLS = 1
"""Width of the scroll bar."""


class RowTable(MarkableTable, can_focus=True):
    """Rows of workflows; :meth:`show` finds out what changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--cursor",
        "row-table--hover",
        "row-table--track",
        "row-table--thumb",
    }
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to_end(-1)", "First", show=False),
        Binding("end", "move_to_end(1)", "Last", show=False),
        Binding("left", "step_stage(-1)", "Stage to the left", show=False),
        Binding("right", "step_stage(1)", "Stage to the right", show=False),
        Binding("enter", "choose", "Details", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
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
        self._palette: Palette | None = None
        self._base = Style()
        self._thumb_lines = range(0)
        self._dragging = False

    @property
    def row_count(self) -> int:
        """The number of rows, leaving ones included."""
        return len(self._model.lines)

    @property
    def focused_row(self) -> Row | None:
        """The row under the cursor."""
        return self._model.lines[self.cursor].row if self.cursor < self.row_count else None

    @property
    def visible_rows(self) -> list[Row]:
        """The rows on the screen."""
        return [self._model.lines[index].row for index in self._visible_indexes]

    @property
    def shown_rows(self) -> list[Row]:
        """All rows in order, without leaving ones."""
        return [line.row for line in self._model.lines if line.leaving is None]

    def on_resize(self, _: Resize) -> None:
        """Fit the columns to the new width."""
        self._measure()
        self._keep_in_view()

    def show(self, rows: Sequence[Row], *, anew: bool = False) -> None:
        """Show ``rows`` in this order; ``anew`` after a change of the filter, without glow or fading."""
        now = datetime.now(UTC)
        workflow_id, index = self.focused_id, self.cursor
        if anew or not self.row_count:
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
                self._measure()
            self._draw_again([*changed, *self._model.tick(self._visible_indexes, now)])

    def draw_live(self) -> None:
        """Draw again what cells say now."""
        self._draw_again(self._model.tick(self._visible_indexes, datetime.now(UTC)))

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
            self._move_to(index)
        return index is not None

    def select_next(self, waits: Callable[[Row], bool]) -> bool:
        """Put the cursor on the next row that ``waits``, below it or else above, and return whether there is one."""
        start = self.cursor + 1
        lines = self._model.lines
        order = [*range(start, len(lines)), *range(min(start - 1, len(lines)))]
        found = next((index for index in order if lines[index].leaving is None and waits(lines[index].row)), None)
        if found is not None:
            self._move_to(found)
        return found is not None

    # The cursor.

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on a row."""
        return min(max(index, 0), max(self.row_count - 1, 0))

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines, and tell others."""
        self._draw_again([before, now])
        self._keep_in_view()
        self.post_message(self.CursorMoved())
        if now == self.row_count - 1 > before:
            self.post_message(self.EndReached())

    def watch__hovered(self, before: int | None, now: int | None) -> None:
        """Draw both lines."""
        self._draw_again([index for index in (before, now) if index is not None])

    def action_move(self, step: int) -> None:
        """Move the cursor by ``step`` rows."""
        self._move_to(self.cursor + step)

    def action_move_page(self, step: int) -> None:
        """Move the cursor by ``step`` pages."""
        self._move_to(self.cursor + step * max(self._room - 1, 1))

    def action_move_to_end(self, step: int) -> None:
        """Move the cursor to the first or the last row."""
        self._move_to(0 if step < 0 else self.row_count - 1)

    def action_step_stage(self, step: int) -> None:
        """Filter by another stage."""
        self.post_message(self.StageStepped(step))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.post_message(self.Chosen())

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row; open the one that is under the cursor already."""
        index = self._index_at(event.y)
        if index is None or self._on_track(event.x):
            return
        if index == self.cursor:
            self.action_choose()
        self._move_to(index)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Grab the scroll bar."""
        if self._on_track(event.x):
            self._dragging = True
            self.capture_mouse()
            self._scroll_by_thumb(event.y)

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go of the scroll bar."""
        self._dragging = False
        self.release_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Mark the line under the mouse, or drag the scroll bar."""
        if self._dragging:
            self._scroll_by_thumb(event.y)
        else:
            self._hovered = self._index_at(event.y)

    def on_leave(self, _: Leave) -> None:
        """Mark no line."""
        self._hovered = None

    @property
    def focused_id(self) -> str | None:
        """The ID of the workflow under the cursor."""
        row = self.focused_row
        return row.key.workflow_id if row else None

    def _move_to(self, index: int) -> None:
        self.cursor = index

    def _follow(self, workflow_id: str | None, was: int, *, scroll: bool) -> None:
        """Keep the cursor on the same row after lines have moved, and at the same height on the screen."""
        now = self._model.index(workflow_id) if workflow_id else None
        self._measure()
        if now is None:
            now = min(was, self.row_count - 1) if scroll else 0
        elif scroll and self.scroll_offset.y > 0:
            self.scroll_to(y=self.scroll_offset.y + now - was, animate=False)
        self.set_reactive(RowTable.cursor, self.validate_cursor(now))
        self._keep_in_view()
        self.call_after_refresh(self._keep_in_view)  # until then it scrolls no farther than the rows before
        self.post_message(self.CursorMoved())
        self.refresh()

    def rows_between(self, one: int, other: int) -> list[Row]:
        """Return the rows from one index to another, both included."""
        lines = self._model.lines[min(one, other) : max(one, other) + 1]
        return [line.row for line in lines if line.leaving is None]

    def index_of(self, workflow_id: str) -> int | None:
        """Return the index of a workflow's row."""
        return self._model.index(workflow_id)

    def draw_marks(self) -> None:
        """Draw the visible lines again."""
        self._draw_again(self._visible_indexes)

    # Geometry.

    @property
    def _room(self) -> int:
        """How many rows fit on the screen."""
        return max(self.size.height - HEADER_LINES, 1)

    @property
    def _visible_indexes(self) -> range:
        top = self.scroll_offset.y
        return range(min(top, self.row_count), min(top + self._room, self.row_count))

    def _index_at(self, y: int) -> int | None:
        index = y - HEADER_LINES + self.scroll_offset.y
        return index if y >= HEADER_LINES and index < self.row_count else None

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if not top <= self.cursor < top + self._room:
            self.scroll_to(y=self.cursor if self.cursor < top else self.cursor - self._room + 1, animate=False)

    def _measure(self) -> None:
        room = self.scrollable_content_region.width
        widths = fit(self._columns, room - TRACK_CELLS, PADDING, self._model.longest_cells())
        self.virtual_size = Size(room, self.row_count + HEADER_LINES)
        if widths != self._widths:
            self._widths = widths
            self.refresh()

    # The scroll bar.

    @property
    def _thumb(self) -> ScrollbarThumb:
        return ScrollbarThumb(self.row_count, self._room, self.scroll_offset.y)

    def _on_track(self, x: int) -> bool:
        return x >= self.size.width - TRACK_CELLS

    def _scroll_by_thumb(self, y: int) -> None:
        self.scroll_to(y=self._thumb.top_at(y - HEADER_LINES), animate=False)

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, and look up once what they share: the background depends on all ancestors."""
        self._base = self.rich_style
        self._thumb_lines = self._thumb.lines
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        """Draw everything again: focus or theme changed."""
        super().notify_style_update()
        self._palette = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        index = self._index_at(y)
        if y < HEADER_LINES:
            strip = self._draw_header()
        elif index is None:
            return Strip.blank(self.size.width, self._base)
        else:
            strip = self._draw_row(self._model.lines[index], self._background(index))
        return Strip([*strip, self._draw_track(y - HEADER_LINES)])

    def _draw_track(self, line: int) -> Segment:
        if not self._thumb_lines or line < 0:
            return Segment(" " * TRACK_CELLS, self._base)
        return Segment(" " * TRACK_CELLS, self._part_style("thumb" if line in self._thumb_lines else "track"))

    def _draw_header(self) -> Strip:
        style = self._part_style("header")
        segments = [
            Segment(_cell(column.title, width, align=column.align), style) for column, width in self._widths.items()
        ]
        return Strip(segments).adjust_cell_length(self.size.width - TRACK_CELLS, style)

    def _draw_row(self, line: Line, background: Style) -> Strip:
        self._palette = palette = self._palette or Palette(self.app)
        segments: list[Segment] = []
        marked = line.row in self.marks
        for index, (column, cell) in enumerate(zip(self._columns, line.cells, strict=True)):
            if (width := self._widths.get(column)) is not None:
                tone = palette.style(cell.tone, glow=index in line.glows, faded=line.leaving is not None)
                text = cell.short if cell.short and cell_len(cell.text) > width else cell.text
                drawn = _cell(text, width, align=column.align)
                segments.append(Segment(SIGN + drawn[1:] if marked and not segments else drawn, background + tone))
        return Strip(segments).adjust_cell_length(self.size.width - TRACK_CELLS, background)

    def _background(self, index: int) -> Style:
        if index == self.cursor:
            return self._part_style("cursor")
        return self._part_style("hover") if index == self._hovered else self._base

    def _part_style(self, part: str) -> Style:
        return self._base + self.get_component_rich_style(f"row-table--{part}")

    def _draw_again(self, indexes: Iterable[int]) -> None:
        for index in set(indexes) & set(self._visible_indexes):
            self.refresh_line(index + HEADER_LINES)

    def _end_glows(self) -> None:
        self._draw_again(self._model.end_glows())


def _cell(text: str, width: int, *, align: str) -> str:
    """Return ``text`` in a column of ``width`` cells, padded; a longer one ends in ``…``."""
    if cell_len(text) > width:
        text = plain(text, limit=width)
    space, pad = " " * (width - cell_len(text)), " " * PADDING
    return f"{pad}{space}{text}{pad}" if align == "right" else f"{pad}{text}{space}{pad}"
