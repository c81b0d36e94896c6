"""The list: a table that draws only the lines that changed, and keeps its cursor on the same workflow.

It is drawn line by line, since a thousand rows of which twenty change every second must never make a key wait:
Textual's DataTable draws every visible cell again for one that changed, about 40 ms each time. The scroll bar is drawn
with the lines, since Textual's own takes as long as all of them.
"""

from collections.abc import Iterable, Sequence
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
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.design.text import plain
from console.gateway.rows import Row, RowKey
from console.listing.columns import fit
from console.listing.row_model import GLOW_SECONDS, Line, RowModel
from console.listing.scrollbar_thumb import ScrollbarThumb
from console.model import Column
from console.widgets.palette import Palette

HEADER_LINES = 1
PADDING = 1
"""Cells before and after the text of each column."""
BAR_CELLS = 1


class RowTable(ScrollView, can_focus=True):
    """Rows of workflows. Hand them in with :meth:`show`; it finds out what changed."""

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
        """The row under the cursor is wanted in full."""

    class StageStepped(Message):
        """The stage to the left or the right is wanted."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class EndReached(Message):
        """The cursor stands on the last row: it may be time for the next page."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._model = RowModel(columns)
        self._widths: dict[Column, int] = {}
        self._palette: Palette | None = None
        self._base = Style()
        self._marked = range(0)
        self._dragging = False
        self._held = False

    @property
    def row_count(self) -> int:
        """How many rows there are, those that are leaving included."""
        return len(self._model.lines)

    @property
    def focused_row(self) -> Row | None:
        """The row under the cursor."""
        return self._model.lines[self.cursor].row if self.cursor < self.row_count else None

    @property
    def visible_rows(self) -> list[Row]:
        """The rows that can be seen now."""
        return [self._model.lines[index].row for index in self._visible_indexes()]

    @property
    def shown_rows(self) -> list[Row]:
        """All rows in order, without those that are leaving."""
        return [line.row for line in self._model.lines if line.leaving is None]

    def on_mount(self) -> None:
        """Follow the theme."""
        self._palette = Palette(self.app)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._new_palette())

    def on_resize(self, _: Resize) -> None:
        """Give the columns the new width."""
        self._measure()
        self._keep_in_view()

    def show(self, rows: Sequence[Row], *, anew: bool = False) -> None:
        """Show ``rows`` in this order. ``anew`` when they answer another question: then nothing glows or fades."""
        now = datetime.now(UTC)
        under_cursor, index = self._key_under_cursor(), self.cursor
        if anew or not self.row_count:
            self._model.fill(rows, now)
            moved, changed = True, list[int]()
        else:
            moved, changed = self._model.take(rows, now)
            moved = self._model.drop_faded(under_cursor) or moved
            self.set_timer(GLOW_SECONDS, self._end_glows)
        if moved:
            self._follow(under_cursor, index, scroll=not anew)
        else:
            self._draw_again([*changed, *self._model.tick(self._visible_indexes(), now)])

    def select(self, workflow_id: str) -> bool:
        """Put the cursor on a workflow, and return whether it is in the list."""
        for index, line in enumerate(self._model.lines):
            if line.row.key.workflow_id == workflow_id:
                self.hold()
                self.cursor = index
                return True
        return False

    # The cursor.

    def hold(self) -> None:
        """Keep the cursor on its workflow from now on: someone works with it. Before, it stays on the newest one."""
        self._held = True

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on a row."""
        return min(max(index, 0), max(self.row_count - 1, 0))

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines, and say that another row is under the cursor."""
        self._draw_again([before, now])
        self._keep_in_view()
        self.post_message(self.CursorMoved())
        if now == self.row_count - 1 > before:
            self.post_message(self.EndReached())

    def watch__hovered(self, before: int | None, now: int | None) -> None:
        """Draw both lines."""
        self._draw_again([index for index in (before, now) if index is not None])

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.hold()
        self.cursor += step

    def action_move_page(self, step: int) -> None:
        """Move the cursor by what can be seen."""
        self.hold()
        self.cursor += step * max(self._room - 1, 1)

    def action_move_to_end(self, step: int) -> None:
        """Move the cursor to the first or the last row."""
        self.hold()
        self.cursor = 0 if step < 0 else self.row_count - 1

    def action_step_stage(self, step: int) -> None:
        """Choose another stage."""
        self.post_message(self.StageStepped(step))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.hold()
            self.post_message(self.Chosen())

    def on_click(self, event: Click) -> None:
        """Move the cursor to what was clicked; what is under it already is opened."""
        index = self._index_at(event.y)
        if index is None or self._on_bar(event.x):
            return
        self.hold()
        if index == self.cursor:
            self.action_choose()
        self.cursor = index

    def on_mouse_scroll_down(self) -> None:
        """Stay where someone has scrolled to."""
        self.hold()

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of the scroll bar."""
        if self._on_bar(event.x):
            self._dragging = True
            self.capture_mouse()
            self._scroll_by_bar(event.y)

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go of the scroll bar."""
        self._dragging = False
        self.release_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Mark the line under the mouse, or scroll with the bar."""
        if self._dragging:
            self._scroll_by_bar(event.y)
        else:
            self._hovered = self._index_at(event.y)

    def on_leave(self, _: Leave) -> None:
        """Mark no line."""
        self._hovered = None

    @property
    def _newest(self) -> int:
        return next((index for index, line in enumerate(self._model.lines) if line.leaving is None), 0)

    def _key_under_cursor(self) -> RowKey | None:
        row = self.focused_row
        return row.key if row else None

    def _follow(self, key: RowKey | None, was: int, *, scroll: bool) -> None:
        """Keep the cursor on the same row after lines have moved, and keep it at the same height on the screen."""
        now = self._model.index(key) if key else None
        self._measure()
        if not self._held:
            now = self._newest
        elif now is None:
            now = min(was, self.row_count - 1) if scroll else 0
        elif scroll and self.scroll_offset.y > 0:
            self.scroll_to(y=self.scroll_offset.y + now - was, animate=False)
        self.set_reactive(RowTable.cursor, self.validate_cursor(now))
        self._keep_in_view()
        self.post_message(self.CursorMoved())
        self.refresh()

    # Geometry.

    @property
    def _room(self) -> int:
        """How many rows can be seen at once."""
        return max(self.size.height - HEADER_LINES, 1)

    def _visible_indexes(self) -> range:
        top = self.scroll_offset.y
        return range(min(top, self.row_count), min(top + self._room, self.row_count))

    def _index_at(self, y: int) -> int | None:
        index = y - HEADER_LINES + self.scroll_offset.y
        return index if y >= HEADER_LINES and index < self.row_count else None

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + self._room:
            self.scroll_to(y=self.cursor - self._room + 1, animate=False)

    def _measure(self) -> None:
        longest = max((len(line.row.business_id) for line in self._model.lines), default=0)
        room = self.scrollable_content_region.width
        widths = fit(self._columns, room - BAR_CELLS, PADDING, longest)
        self.virtual_size = Size(room, self.row_count + HEADER_LINES)
        if widths != self._widths:
            self._widths = widths
            self.refresh()

    # The scroll bar.

    @property
    def _mark(self) -> ScrollbarThumb:
        return ScrollbarThumb(self.row_count, self._room, self.scroll_offset.y)

    def _on_bar(self, x: int) -> bool:
        return x >= self.size.width - BAR_CELLS

    def _scroll_by_bar(self, y: int) -> None:
        self.hold()
        self.scroll_to(y=self._mark.top_at(y - HEADER_LINES), animate=False)

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines. What they share is found once: the background depends on everything that this is in."""
        self._base = self.rich_style
        self._marked = self._mark.lines
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        """Draw all again: the focus or the theme changed."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what can be seen."""
        index = self._index_at(y)
        if y < HEADER_LINES:
            strip = self._draw_header()
        elif index is None:
            return Strip.blank(self.size.width, self._base)
        else:
            strip = self._draw_row(self._model.lines[index], self._background(index))
        return Strip([*strip, self._draw_bar(y - HEADER_LINES)])

    def _draw_bar(self, line: int) -> Segment:
        if not self._marked or line < 0:
            return Segment(" " * BAR_CELLS, self._base)
        name = "row-table--thumb" if line in self._marked else "row-table--track"
        return Segment(" " * BAR_CELLS, self._base + self.get_component_rich_style(name))

    def _draw_header(self) -> Strip:
        style = self._base + self.get_component_rich_style("row-table--header")
        segments = [
            Segment(_cell(column.title, width, align=column.align), style) for column, width in self._widths.items()
        ]
        return Strip(segments).adjust_cell_length(self.size.width - BAR_CELLS, style)

    def _draw_row(self, line: Line, background: Style) -> Strip:
        palette = self._palette or Palette(self.app)
        segments = []
        for index, (column, cell) in enumerate(zip(self._columns, line.cells, strict=True)):
            if (width := self._widths.get(column)) is not None:
                tone = palette.style(cell.tone, glow=index in line.glows, faded=line.leaving is not None)
                segments.append(Segment(_cell(cell.text, width, align=column.align), background + tone))
        return Strip(segments).adjust_cell_length(self.size.width - BAR_CELLS, background)

    def _background(self, index: int) -> Style:
        if index == self.cursor:
            return self._base + self.get_component_rich_style("row-table--cursor")
        if index == self._hovered:
            return self._base + self.get_component_rich_style("row-table--hover")
        return self._base

    def _draw_again(self, indexes: Iterable[int]) -> None:
        visible = self._visible_indexes()
        for index in indexes:
            if index in visible:
                self.refresh_line(index + HEADER_LINES)

    def _end_glows(self) -> None:
        self._draw_again(self._model.end_glows())

    def _new_palette(self) -> None:
        self._palette = Palette(self.app)
        self.refresh()


def _cell(text: str, width: int, *, align: str) -> str:
    """Return ``text`` in a column of ``width`` cells, with the space around it; a longer one ends in ``…``."""
    length = cell_len(text)
    if length > width:
        text = plain(text, limit=width)
        length = cell_len(text)
    space = " " * (width - length)
    pad = " " * PADDING
    return f"{pad}{space}{text}{pad}" if align == "right" else f"{pad}{text}{space}{pad}"
