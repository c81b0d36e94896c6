"""The rows in their frame, with words where there are none."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.design.tone import Tone
from console.gateway.rows import Row
from console.listing.arrivals import Arrivals
from console.listing.row_table import RowTable
from console.model import Column


class RowList(Vertical):
    """A framed list of rows."""

    def __init__(self, title: str | Content, columns: Sequence[Column], *, keeps_focused: bool = True) -> None:
        super().__init__()
        self.border_title = self._title = title if isinstance(title, Content) else Content(title)
        self._arrivals = Arrivals() if keeps_focused else None  # else the cursor stays, and the rows go by
        self.table = RowTable(columns, keeps_focused=keeps_focused)
        self._empty = Static(classes="empty")
        self._empty.display = False
        self._said = Content()

    def compose(self) -> ComposeResult:
        """Lay out rows and words."""
        yield self.table
        yield self._empty

    def show(self, rows: Sequence[Row], *, anew: bool, when_empty: Content) -> None:
        """Show ``rows``, or ``when_empty`` if there are none."""
        arrivals, at_top = self._arrivals, not self.table.cursor
        if arrivals is not None and (anew or at_top):
            arrivals.clear()
        elif arrivals is not None:
            arrivals.take(self.table.holds, [row.key.workflow_id for row in rows], self.table.focused_id)
        self.table.show(rows, anew=anew)
        self._show_arrivals()
        self._empty.display = not self.table.line_count
        # Another text lays the whole screen out anew, and the list is read every second.
        if self._empty.display and not when_empty.is_same(self._said):
            self._empty.update(when_empty)
            self._said = when_empty

    @on(RowTable.CursorMoved)
    def _look_at_top(self) -> None:
        if self._arrivals and not self.table.cursor:
            self._arrivals.clear()
            self._show_arrivals()

    def _show_arrivals(self) -> None:
        """Say above the rows how many have arrived there while the operator looked further down."""
        if self._arrivals is not None:
            new = (f" · +{len(self._arrivals):,} new ↑", Tone.ACCENT.style) if self._arrivals else ""
            self.border_title = Content.assemble(self._title, new)
