"""The line in which a filter is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.widgets.line_input import LineInput


class FilterLine(LineInput):
    """An input whose key shows in the footer while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Keep the filter", id="filter.keep")]

    def __init__(self, hint: str) -> None:
        super().__init__(placeholder=hint, compact=True)
