"""The list: a table that paints only what changed and keeps its cursor on the same workflow."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.widgets import DataTable

from console.gateway.rows import Row, RowKey
from console.model import Cell, Column
from console.text import plain
from console.widgets.columns import fit
from console.widgets.palette import Palette

GLOW_SECONDS = 1.5
FADE_SECONDS = 4.0
MOST_REMOVED = 40
"""Removing a row costs time for every row there is; more than this many at once are quicker by filling anew."""


class _PaintedCell:
    """One cell as the table holds it: it knows its row, so that rows can be put in order."""

    def __init__(self, row: str, text: Text) -> None:
        self.row = row
        self.text = text

    def __rich__(self) -> Text:
        return self.text


class RowTable(DataTable[_PaintedCell]):
    """Rows of workflows. Hand them in with :meth:`show`; it finds out what changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]

    class StageStepped(Message):
        """The operator wants the stage to the left or the right."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class EndReached(Message):
        """The cursor stands on the last row: it may be time for the next page."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(cursor_type="row", cursor_foreground_priority="renderable", zebra_stripes=False)
        self._specs = tuple(columns)
        self._shown: tuple[Column, ...] = ()
        self._rows: dict[str, Row] = {}
        self._cells: dict[str, tuple[Cell, ...]] = {}
        self._order: list[str] = []
        self._leaving: dict[str, float] = {}
        self._glowing: dict[tuple[str, str], float] = {}
        self._palette: Palette | None = None

    @property
    def focused_row(self) -> Row | None:
        """The row under the cursor."""
        if not self._order or not self.is_valid_row_index(self.cursor_row):
            return None
        return self._rows.get(self._order[self.cursor_row])

    @property
    def visible_rows(self) -> list[Row]:
        """The rows that can be seen now."""
        top = int(self.scroll_y)
        return [self._rows[name] for name in self._order[top : top + self.size.height]]

    @property
    def shown_rows(self) -> list[Row]:
        """All rows in order, without those that are leaving."""
        return [self._rows[name] for name in self._order if name not in self._leaving]

    def on_mount(self) -> None:
        """Follow the theme: cells hold colours of their own."""
        self._palette = Palette(self.app)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._repaint())

    def _on_resize(self, event: Resize) -> None:
        super()._on_resize(event)
        self._fit_columns()

    def show(self, rows: Sequence[Row], *, anew: bool = False) -> None:
        """Show ``rows`` in this order. ``anew`` when they answer another question: then nothing glows or fades."""
        now = datetime.now(UTC)
        names = [str(row.key) for row in rows]
        present = set(names)
        gone = [name for name in self._order if name not in present]
        unchanged = {name for name, row in zip(names, rows, strict=True) if self._rows.get(name) is row}
        with self.app.batch_update():
            self._rows.update(zip(names, rows, strict=True))
            if anew or not self._order or len(gone) > MOST_REMOVED:
                self._fill(names, now)
            else:
                visible = {str(row.key) for row in self.visible_rows}
                self._change(names, gone, unchanged - visible, now)
        self._fit_columns()

    def select(self, workflow_id: str) -> bool:
        """Put the cursor on a workflow, and return whether it is in the list."""
        for index, name in enumerate(self._order):
            if self._rows[name].key.workflow_id == workflow_id:
                self.move_cursor(row=index)
                return True
        return False

    def action_cursor_left(self) -> None:
        """Choose the stage to the left."""
        self.post_message(self.StageStepped(-1))

    def action_cursor_right(self) -> None:
        """Choose the stage to the right."""
        self.post_message(self.StageStepped(+1))

    def watch_cursor_coordinate(self, old: object, new: object) -> None:
        """Notice when the last row is reached."""
        super().watch_cursor_coordinate(old, new)  # type: ignore[arg-type]
        if old != new and self.cursor_row == len(self._order) - 1 > 0:
            self.post_message(self.EndReached())

    def _fill(self, names: list[str], now: datetime) -> None:
        focused = self._order[self.cursor_row] if self._order else ""
        self.clear()
        self._rows = {name: self._rows[name] for name in names}
        self._cells, self._leaving, self._glowing = {}, {}, {}
        for name in names:
            self._add(name, now)
        self._order = names
        if focused in self._rows:
            self.move_cursor(row=names.index(focused))

    def _change(self, names: list[str], gone: list[str], skipped: set[str], now: datetime) -> None:
        """Update what changed. In ``skipped`` is what changed only by the clock, and cannot be seen."""
        for name in names:
            if self._leaving.pop(name, None) is not None:
                self._paint(name, now)
            elif name in skipped:
                continue
            elif name in self._cells:
                self._update(name, now)
            else:
                self._add(name, now)
        for name in gone:
            if name not in self._leaving:
                self._leaving[name] = time.monotonic() + FADE_SECONDS
                self._paint(name, now)
        self._put_in_order(_with_leaving(self._order, names, set(gone)))
        self._drop_faded()
        self._end_glows()
        if self._glowing:
            self.set_timer(GLOW_SECONDS + 0.05, self._end_glows)

    def _add(self, name: str, now: datetime) -> None:
        cells = self._cells_of(name, now)
        self._cells[name] = cells
        painted = zip(self._shown, cells, strict=True)
        self.add_row(*(self._painted(name, column, cell) for column, cell in painted), key=name)

    def _update(self, name: str, now: datetime) -> None:
        before, after = self._cells[name], self._cells_of(name, now)
        if before == after:
            return
        self._cells[name] = after
        for column, old, new in zip(self._shown, before, after, strict=True):
            if old != new:
                if not column.live:
                    self._glowing[name, column.key] = time.monotonic() + GLOW_SECONDS
                self.update_cell(name, column.key, self._painted(name, column, new))

    def _cells_of(self, name: str, now: datetime) -> tuple[Cell, ...]:
        return tuple(column.cell(self._rows[name], now) for column in self._shown)

    def _painted(self, name: str, column: Column, cell: Cell) -> _PaintedCell:
        palette = self._palette or Palette(self.app)
        style = palette.style(cell.tone, glow=(name, column.key) in self._glowing, faded=name in self._leaving)
        text = Text(plain(cell.text), style, justify=column.align, no_wrap=True, overflow="ellipsis", end="")
        return _PaintedCell(name, text)

    def _paint(self, name: str, now: datetime) -> None:
        self._cells[name] = self._cells_of(name, now)
        for column, cell in zip(self._shown, self._cells[name], strict=True):
            self.update_cell(name, column.key, self._painted(name, column, cell))

    def _repaint(self) -> None:
        self._palette = Palette(self.app)
        now = datetime.now(UTC)
        with self.app.batch_update():
            for name in self._order:
                self._paint(name, now)

    def _end_glows(self) -> None:
        ended = [where for where, until in self._glowing.items() if until <= time.monotonic()]
        keys = {column.key: index for index, column in enumerate(self._shown)}
        for name, key in ended:
            del self._glowing[name, key]
            if name in self._cells and key in keys:
                index = keys[key]
                self.update_cell(name, key, self._painted(name, self._shown[index], self._cells[name][index]))

    def _put_in_order(self, order: list[str]) -> None:
        if order == self._order:
            return
        was = self.cursor_row
        focused = self._order[was] if was < len(self._order) else ""
        rank = {name: index for index, name in enumerate(order)}
        self.sort(key=lambda cells: rank[cells[0].row])
        self._order = order
        if focused in rank and (moved := rank[focused] - was):
            if self.scroll_y > 0:
                self.scroll_to(y=self.scroll_y + moved, animate=False)
            self.move_cursor(row=rank[focused], scroll=False)

    def _drop_faded(self) -> None:
        under_cursor = self._order[self.cursor_row] if self._order else ""
        for name, until in list(self._leaving.items()):
            if until <= time.monotonic() and name != under_cursor:
                self._remove(name)

    def _remove(self, name: str) -> None:
        focused = self._order[self.cursor_row]
        self.remove_row(name)
        self._order.remove(name)
        for store in (self._rows, self._cells, self._leaving):
            store.pop(name, None)
        self.move_cursor(row=self._order.index(focused), scroll=False)

    def _fit_columns(self) -> None:
        longest = max((len(self._rows[name].business_id) for name in self._order), default=0)
        widths = fit(self._specs, self.scrollable_content_region.width, self.cell_padding, longest)
        if tuple(widths) != self._shown:
            self._shown = tuple(widths)
            self.clear(columns=True)
            for column, width in widths.items():
                label = Text(column.title, justify=column.align, end="")
                self.add_column(label, key=column.key, width=width)
            now, order, self._order = datetime.now(UTC), self._order, []
            self._fill(order, now)
        elif any(column.width != widths[spec] for spec, column in zip(self._shown, self.ordered_columns, strict=True)):
            for spec, shown in zip(self._shown, self.ordered_columns, strict=True):
                shown.width = widths[spec]
            total = sum(width + 2 * self.cell_padding for width in widths.values())
            self.virtual_size = Size(total, self.virtual_size.height)
            self.notify_style_update()


def _with_leaving(before: list[str], after: list[str], leaving: set[str]) -> list[str]:
    """Return ``after`` with the leaving rows put back behind the neighbours they had."""
    order = list(after)
    previous = ""
    for name in before:
        if name in leaving:
            order.insert(order.index(previous) + 1 if previous in order else 0, name)
        previous = name
    return order


def focused_key(table: RowTable) -> RowKey | None:
    """Return the key of the row under the cursor."""
    row = table.focused_row
    return row.key if row else None
