"""What a bar chart shows, as plain data. Apart from the widget, whose libraries are imported with the first chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual.content import Content


@dataclass(frozen=True)
class Chart:
    """Bars from left to right, and the same as figures for whoever cannot see bars.

    ``ticks`` are words below bars, by their index; without ``values`` the words of ``empty`` are shown.
    """

    title: str
    values: Sequence[int] = ()
    ticks: Mapping[int, str] = field(default_factory=dict)
    figures: Content = field(default_factory=Content)
    note: str = ""
    empty: str = "nothing to show"
    gap: float = 0.0
    """Part of a bar's place that stays free."""
