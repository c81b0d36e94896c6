"""The rows in their frame, with words where there are none."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.gateway.rows import Row
from console.listing.row_table import RowTable
from console.model import Column


class RowList(Vertical):
    """A framed list of rows."""

    def __init__(self, title: str, columns: Sequence[Column], *, keeps_focused: bool = True) -> None:
        super().__init__()
        self.border_title = Content(title)
        self.table = RowTable(columns, keeps_focused=keeps_focused)
        self._empty = Static(classes="empty")
        self._empty.display = False

    def compose(self) -> ComposeResult:
        """Lay out rows and words."""
        yield self.table
        yield self._empty

    def show(self, rows: Sequence[Row], *, anew: bool, when_empty: Content) -> None:
        """Show ``rows``, or ``when_empty`` if there are none."""
        self.table.show(rows, anew=anew)
        self._empty.display = not self.table.row_count
        if self._empty.display:
            self._empty.update(when_empty)
