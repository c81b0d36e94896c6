"""A bar chart. Its libraries take 0.2 s to import: import this module with the first chart, in a thread."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Grid
from textual.reactive import reactive
from textual.strip import Strip
from textual_hires_canvas import Canvas, HiResMode
from textual_plot import PlotWidget
from textual_plot.axis_formatter import AxisFormatter
from textual_plot.plot_widget import Legend

from console.widgets.chart import Chart

MARGIN_LEFT = 8
MARGIN_TOP = 1
MARGIN_BOTTOM = 1
MIN_TICK_CELLS = 11
"""Cells for a word below the bars, and the blank behind it."""
STEPS = (1, 2, 5)
MAX_Y_TICKS = 5


class GivenTicks(AxisFormatter):
    """Words at given places, as many as there is room for."""

    def __init__(self, words: Mapping[float, str], room: int) -> None:
        every = max(1, ceil(len(words) / max(1, room)))
        self._words = dict(list(words.items())[::every])

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:  # noqa: ARG002 - all of them
        """Return the places."""
        return [at for at in self._words if min_ <= at <= max_]

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        """Return the words."""
        return [self._words.get(tick, "") for tick in ticks]


class WholeNumbers(AxisFormatter):
    """Whole numbers at even steps: nobody sends half a message."""

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:  # noqa: ARG002 - fewer
        """Return the numbers."""
        step = next(
            step * 10**power for power in range(20) for step in STEPS if step * 10**power * MAX_Y_TICKS >= max_ - min_
        )
        return [float(number) for number in range(0, int(max_) + 1, step)]

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        """Return them with commas."""
        return [f"{tick:,.0f}" for tick in ticks]


class StyledCanvas(Canvas):
    """A canvas each of whose segments has a style: under ``NO_COLOR`` Textual's filter fails on one without."""

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        strip = super().render_line(y)
        return Strip([segment for segment in strip if segment.style is not None])


class BarPlot(PlotWidget, can_focus=False):
    """Draws the bars of a chart, in half blocks, which every terminal font has."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"plot--bar"}
    DEFAULT_CSS = """
    BarPlot {
        background: transparent;
        & > .plot--bar { color: $tone-moving; }
        & > .plot--axis, &:focus > .plot--axis { color: $tone-muted; }
        & > .plot--tick { color: $tone-muted; text-style: none; }
    }
    """

    margin_left = reactive(MARGIN_LEFT)
    margin_top = reactive(MARGIN_TOP)
    margin_bottom = reactive(MARGIN_BOTTOM)

    def __init__(self) -> None:
        super().__init__(allow_pan_and_zoom=False)
        self._chart: Chart | None = None

    def compose(self) -> ComposeResult:
        """Lay out margins and bars."""
        with Grid():
            yield StyledCanvas(1, 1, id="margin-top")
            yield StyledCanvas(1, 1, id="margin-left")
            yield StyledCanvas(1, 1, id="plot")
            yield StyledCanvas(1, 1, id="margin-bottom")
        yield Legend(id="legend")

    def show(self, chart: Chart) -> None:
        """Draw another chart."""
        self._chart = chart
        self.clear()
        values, count = chart.values, len(chart.values)
        if not count:
            return
        room = max(1, (self.size.width - MARGIN_LEFT) // MIN_TICK_CELLS)
        self.set_xlimits(0, count)
        self.set_ylimits(0, max(1, *values))
        self.set_x_formatter(GivenTicks({index + 0.5: words for index, words in chart.ticks.items()}, room))
        self.set_y_formatter(WholeNumbers())
        places = [index + 0.5 for index in range(count) if values[index]]
        if places:
            self.bar(
                places,
                [value for value in values if value],
                width=1 - chart.gap,
                bar_style=str(self.get_component_rich_style("plot--bar")),
                hires_mode=HiResMode.HALFBLOCK,
            )

    def notify_style_update(self) -> None:
        """Draw anew in the colours of another theme."""
        super().notify_style_update()
        if self._chart is not None:
            self.show(self._chart)
