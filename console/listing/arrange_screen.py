"""The screen on which the columns of a list are chosen, moved, and sorted by."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.design.tone import Tone
from console.listing.arrangement import Arrangement
from console.model import Column


class ArrangeScreen(ModalScreen[None]):
    """Changes the arrangement while the list behind it follows."""

    DEFAULT_CSS = """
    ArrangeScreen { align: right middle; background: $background 20%; }
    ArrangeScreen > OptionList {
        width: 58; max-width: 92%; height: auto; max-height: 90%; padding: 0 1; margin: 0 1; background: $surface;
        border: round $accent; border-title-color: $text-accent; border-subtitle-color: $text-muted;
        &:focus { border: round $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,S,q", "dismiss", "Done", show=False),
        Binding("enter", "sort", "Sort", show=False, priority=True),
        Binding("space", "show_column", "Show or hide", show=False, priority=True),
        Binding("shift+up,K", "move(-1)", "Move to the left", show=False),
        Binding("shift+down,J", "move(1)", "Move to the right", show=False),
        Binding("backspace", "reset", "As at first", show=False),
    ]

    def __init__(
        self, columns: Sequence[Column], arrangement: Arrangement, changed: Callable[[Arrangement], None]
    ) -> None:
        super().__init__()
        self._columns, self._arrangement, self._changed = columns, arrangement, changed
        self._list = OptionList()

    def compose(self) -> ComposeResult:
        """List the columns."""
        self._list.border_title = Content("Columns and sort")
        self._list.border_subtitle = Content("⏎ sort · space show · J K move · ⌫ reset · esc")
        yield self._list

    def on_mount(self) -> None:
        """Point at the first column."""
        self._draw(0)

    def _draw(self, place: int) -> None:
        ordered = self._arrangement.ordered(self._columns)
        self._list.set_options([Option(self._line(column)) for column in ordered])
        self._list.highlighted = place

    def _line(self, column: Column) -> Content:
        arrangement = self._arrangement
        sign = "·" if column.title in arrangement.hidden else "✓"
        sort = f"  sorted {'down ↓' if arrangement.descending else 'up ↑'}" if column.title == arrangement.sort else ""
        return Content.assemble(f" {sign} ", column.title, Tone.ACCENT.styled(sort))

    @property
    def _column(self) -> Column:
        return self._arrangement.ordered(self._columns)[self._list.highlighted or 0]

    def _change(self, arrangement: Arrangement, place: int | None = None) -> None:
        self._arrangement = arrangement
        self._changed(arrangement)
        self._draw(self._list.highlighted or 0 if place is None else place)

    def action_sort(self) -> None:
        """Sort the loaded rows by the column; again: the other way round, then in the server's order."""
        self._change(self._arrangement.with_sort(self._column.title))

    def action_show_column(self) -> None:
        """Show or hide the column."""
        self._change(self._arrangement.with_toggled(self._column.title))

    def action_move(self, step: int) -> None:
        """Move the column."""
        place = (self._list.highlighted or 0) + step
        moved = self._arrangement.with_moved(self._column.title, step, self._columns)
        self._change(moved, min(max(place, 0), len(self._columns) - 1))

    def action_reset(self) -> None:
        """Show the columns as at first, in the server's order."""
        self._change(Arrangement(), 0)
