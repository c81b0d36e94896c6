"""A table of rows that can be marked, one by one, by ranges, or all."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from console.gateway.rows import Row
from console.listing.marks import Marks
from console.widgets.line_view import LineView


class MarkableTable(LineView):
    """Keeps the marks; what extends it draws the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", show=False),
        Binding("asterisk", "mark_all", "Mark all", show=False),
        Binding("V", "mark_range", "Mark a range", show=False),
        Binding("shift+up", "mark_on(-1)", "Mark upwards", show=False),
        Binding("shift+down", "mark_on(1)", "Mark downwards", show=False),
    ]

    class Marked(Message):
        """Rows were marked, or marks taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()
        self.range_start: str | None = None
        """Workflow ID of the row at which a range begins that has no end yet."""

    @property
    def focused_row(self) -> Row | None:
        """The row under the cursor."""
        raise NotImplementedError

    @property
    def shown_rows(self) -> Sequence[Row]:
        """All rows in order."""
        raise NotImplementedError

    def rows_between(self, one: int, other: int) -> Sequence[Row]:
        """Return the rows from one index to another, both included."""
        raise NotImplementedError

    def index_of(self, workflow_id: str) -> int | None:
        """Return the index of a workflow's row."""
        raise NotImplementedError

    @property
    def marked_rows(self) -> list[Row]:
        """The marked ones of the rows, in order."""
        return self.marks.among(self.shown_rows)

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next."""
        if self.focused_row is not None:
            self.marks.toggle(self.focused_row)
            self._marks_changed()
            self.action_move(1)

    def action_mark_all(self) -> None:
        """Mark all rows of the list, or none."""
        self.marks.toggle_all(self.shown_rows)
        self._marks_changed()

    def action_mark_range(self) -> None:
        """Begin a range at the row under the cursor, or mark all rows from its beginning to the cursor."""
        start = None if self.range_start is None else self.index_of(self.range_start)
        if start is None:
            self.range_start = self.focused_row.key.workflow_id if self.focused_row else None
        else:
            self._mark_between(start, self.cursor)
            self.range_start = None
        self._marks_changed()

    def action_mark_on(self, step: int) -> None:
        """Mark the row under the cursor and the next one, and go there."""
        before = self.cursor
        self.action_move(step)
        self._mark_between(before, self.cursor)
        self._marks_changed()

    def _mark_between(self, one: int, other: int) -> None:
        self.marks.add(self.rows_between(one, other))

    def mark(self, rows: Iterable[Row]) -> None:
        """Mark these rows."""
        self.marks.add(rows)
        self._marks_changed()

    def unmark(self, rows: Iterable[Row] | None = None) -> None:
        """Take the marks of these rows away, or all."""
        if rows is None:
            self.marks.clear()
            self.range_start = None
        else:
            self.marks.drop(rows)
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.draw_again(self.lines_in_view)
        self.post_message(self.Marked())
