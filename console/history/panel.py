"""The lines of one history in one of its views, with the cursor."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from console.history.drawing import Drawing, longest
from console.history.groups import History
from console.history.lines import Kind, Line, View, lines_of
from console.history.virtual_list import Piece, VirtualList
from workflows.shared.timeline import TimelineEntry

DRAW_PAUSE = 0.25
"""Seconds between two lay-outs of the lines while many events come."""

NEAR = 50
"""Lines before its old place in which a line is looked for; most are added behind it."""


class HistoryPanel(VirtualList):
    """Shows ``history``, which others fill. The key ``enter`` is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "screen.open", "Open", id="history.open", tooltip="payload and cause chain; or the other workflow"
        )
    ]

    def __init__(self, history: History, view: View) -> None:
        super().__init__()
        self.history, self.view = history, view
        self.entries: Sequence[TimelineEntry] = ()
        self.reset_points: Mapping[int, str] = {}
        self.lines: list[Line] = []
        self._drawing = Drawing(view, history, datetime.now(UTC))
        self._soon: Timer | None = None

    @property
    def focused_line(self) -> Line | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def lay_out_soon(self) -> None:
        """Make the lines again, with further changes that come within a moment."""
        if self._soon is None:
            self._soon = self.set_timer(DRAW_PAUSE, self.lay_out)

    def lay_out(self) -> None:
        """Make the lines again; the cursor stays on the same line, at the end it stays at the end."""
        self._soon = None
        line, was, at_end = self.focused_line, self.cursor, self.cursor == self.line_count - 1 > 0
        self._make()
        self._put(len(self.lines) - 1 if at_end else self._same(line, was))

    def turn(self, view: View) -> None:
        """Show another view; the cursor stays at the same event, or at the same time."""
        line, self.view = self.focused_line, view
        self._make()
        self._put(self._nearest(line) if line is not None else 0)

    def tick(self) -> None:
        """Let what is under way take longer."""
        if self.history.ended:
            return
        self._drawing = self._drawing.at(datetime.now(UTC))
        if self.view is View.TIMELINE or any(_moves(self.lines[index]) for index in self.lines_in_view):
            self.refresh()

    def go_to_failure(self, step: int) -> str:
        """Put the cursor on the next failure, or the one before; return which one it is, in words."""
        failed = [index for index, line in enumerate(self.lines) if line.failed]
        if not failed:
            return ""
        return f"failure {self.move_to_next(failed, step) + 1} of {len(failed)}"

    def _make(self) -> None:
        now = datetime.now(UTC)
        self.lines = lines_of(self.view, self.history, self.entries, now)
        business = longest([line.text for line in self.lines if line.text]) if self.view is View.BUSINESS else 0
        self._drawing = Drawing(self.view, self.history, now, business, self.reset_points)

    def _put(self, cursor: int) -> None:
        self.show(len(self.lines), self._titles, self._line, cursor)

    def _titles(self, width: int) -> Sequence[Piece]:
        return self._drawing.header(width)

    def _line(self, index: int, width: int) -> Sequence[Piece]:
        return self._drawing.draw(self.lines[index], width)

    def _same(self, line: Line | None, index: int) -> int:
        """Return where a line is now."""
        if line is None:
            return 0
        places = sorted(range(max(index - NEAR, 0), len(self.lines)), key=lambda place: abs(place - index))
        return next((place for place in places if self.lines[place].identity == line.identity), index)

    def _nearest(self, line: Line) -> int:
        about = [
            place
            for place, one in enumerate(self.lines)
            if line.group is not None and one.group is line.group and one.event in (None, line.event, line.group.first)
        ]
        if about:
            return about[0]
        return next((place for place, one in enumerate(self.lines) if one.at >= line.at), len(self.lines) - 1)


def _moves(line: Line) -> bool:
    return line.kind is Kind.PENDING or (line.group is not None and line.group.open)
