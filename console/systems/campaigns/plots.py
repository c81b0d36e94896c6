"""The charts of a campaign, one at a time."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.css.query import NoMatches
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from console.design.charset import draws_unicode
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import lines, problem
from console.gateway.gateway import Gateway
from console.gateway.rows import Row
from console.systems.campaigns.charts import sends_chart, usage_charts
from console.widgets.chart import Chart
from console.widgets.excerpt import Excerpt
from workflows.campaigns.cap_usage_models import CapUsage
from workflows.campaigns.client import CampaignsClient
from workflows.campaigns.models import CampaignProgress, SegmentAudience
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.errors import CallError

POLL_INTERVAL = 2.0
USAGE_INTERVAL = 60.0
"""Seconds between two readings of cap usage, which go through an index of all users in the store."""
AXIS_CELLS = 12
"""Cells beside the bars."""
KEYS = "← → next chart · f figures · r read cap usage anew · esc back"


class PlotsScreen(ModalScreen[None]):
    """Shows a chart, and its figures below; figures alone where bars cannot be drawn, or on demand."""

    DEFAULT_CSS = """
    PlotsScreen {
        & > #plots-body {
            height: 1fr; margin: 1 0 0 0; background: $surface; border: round $accent 70%; padding: 0 1;
            border-title-color: $text-accent; border-subtitle-color: $text-muted; layout: vertical;
        }
        #plots-note { height: auto; max-height: 4; }
        #plots-plot { height: 1fr; min-height: 6; }
        #plots-figures { height: auto; max-height: 45%; margin: 1 0 0 0; scrollbar-gutter: stable; }
        &.-figures #plots-plot { display: none; }
        &.-figures #plots-figures { height: 1fr; max-height: 100%; }
        #plots-said { height: auto; max-height: 2; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("right,tab,g", "turn(1)", "Next chart", show=False, priority=True),
        Binding("left,shift+tab", "turn(-1)", "Previous chart", show=False, priority=True),
        Binding("f", "figures", "Figures", show=False),
        Binding("r,f5", "read", "Read anew", show=False),
    ]

    def __init__(self, gateway: Gateway, _: ConsoleSettings, campaign: Row) -> None:
        super().__init__()
        self._gateway = gateway
        self._campaign_id = campaign.business_id
        self._progress: CampaignProgress | None = None
        self._usage: CapUsage | None = None
        self._failures: dict[str, str] = {}
        self._known = asyncio.Event()
        """Set once the campaign has answered."""
        self._index = 0
        self._plots = draws_unicode()
        """Whether bars can be drawn here."""

    def compose(self) -> ComposeResult:
        """Lay out note, bars and figures."""
        with Container(id="plots-body"):
            yield Excerpt(id="plots-note")
            yield Container(id="plots-plot")
            with VerticalScroll(id="plots-figures"):
                yield Static(id="plots-numbers")
        yield Excerpt(Content(KEYS), id="plots-said")

    def on_mount(self) -> None:
        """Start reading, and import what draws."""
        self.query_one("#plots-figures").focus()
        self.set_class(not self._plots, "-figures")
        self._draw()
        self._start("poll", self._poll())
        self._start("usage", self._poll_usage())
        if self._plots:
            self._start("import", self._add_plot())

    def _start(self, group: str, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _add_plot(self) -> None:
        module = await asyncio.to_thread(import_module, "console.widgets.bar_plot")
        await self.query_one("#plots-plot").mount(module.BarPlot())
        self.call_after_refresh(self._draw)

    async def _poll(self) -> None:
        client = self._gateway.domain(CampaignsClient)
        while True:
            try:
                self._progress = await client.get_progress(self._campaign_id)
                self._failures.pop("sends", None)
                self._known.set()
            except CallError as error:
                self._failures["sends"] = str(error)
            self._draw()
            await asyncio.sleep(POLL_INTERVAL)

    async def _poll_usage(self) -> None:
        await self._known.wait()
        while True:
            await self._read_usage()
            await asyncio.sleep(USAGE_INTERVAL)

    async def _read_usage(self) -> None:
        if self._progress is None:
            return
        audience = self._progress.request.audience
        segment = audience.name if isinstance(audience, SegmentAudience) else None
        try:
            self._usage = await self._gateway.domain(CampaignsClient).cap_usage(segment)
            self._failures.pop("usage", None)
        except CallError as error:
            self._failures["usage"] = str(error)
        self._draw()

    def _charts(self) -> list[tuple[Chart, str]]:
        """Return the charts, each with why it could not be read anew."""
        now, width = datetime.now(UTC), max(self.query_one("#plots-body").size.width - AXIS_CELLS, 1)
        reading = Chart("Sends over time", empty="reading …")
        sends = sends_chart(self._progress, width, now) if self._progress else reading
        usage = usage_charts(self._usage, now) if self._usage else [Chart("Cap usage", empty="reading …")]
        return [(sends, self._failures.get("sends", "")), *((each, self._failures.get("usage", "")) for each in usage)]

    def _draw(self) -> None:
        charts = self._charts()
        self._index %= len(charts)
        chart, failure = charts[self._index]
        body = self.query_one("#plots-body")
        body.border_title = Content(chart.title)
        body.border_subtitle = Content(f"{self._index + 1} of {len(charts)}")
        words = chart.note if chart.values else chart.empty
        note = Tone.MUTED.styled(plain(words))
        self.query_one("#plots-note", Static).update(lines(note, problem(failure) if failure else ""))
        self.query_one("#plots-numbers", Static).update(chart.figures)
        with suppress(NoMatches):
            self.query_one("BarPlot").show(chart)  # type: ignore[attr-defined]  # its module is imported late

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._draw)

    def action_turn(self, step: int) -> None:
        """Show the next chart, or the one before."""
        self._index += step
        self.query_one("#plots-figures").scroll_home(animate=False)
        self._draw()

    def action_figures(self) -> None:
        """Show figures alone, or bars and figures again."""
        if self._plots:
            self.toggle_class("-figures")
            self.call_after_refresh(self._draw)

    def action_read(self) -> None:
        """Read cap usage now."""
        self._start("usage", self._poll_usage())

    def action_leave(self) -> None:
        """Go back to the campaigns."""
        self.dismiss()

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.query_one("#plots-said", Static).update(problem(f"unexpected error: {event.worker.error}"))
