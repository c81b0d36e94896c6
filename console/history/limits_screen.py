"""Shows the gauges of a run."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.design.tone import Tone
from console.details.sections import hanging, lines, sections
from console.history.limits import Gauge
from console.widgets.bars import bar

BAR, NAME = 20, 18
"""Cells."""
TICK = 1.0
SHARE, MAX_WIDTH, FRAME = 96, 96, 6
DEFAULTS = (
    "Limits are a server's defaults; it does not state its own. A workflow that continues as new begins another run"
    " with an empty history, and keeps its ID"
)


class LimitsScreen(ModalScreen[None]):
    """Shows what ``read`` returns, again and again; None while nothing is known."""

    DEFAULT_CSS = """
    LimitsScreen {
        align: center middle;
        #limits {
            width: 96%; max-width: 96; height: auto; max-height: 96%; padding: 0 1; background: $surface;
            border: round $accent; border-title-color: $tone-accent; border-subtitle-color: $tone-muted;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,g", "dismiss", "Close", show=False)]

    def __init__(self, read: Callable[[], Sequence[Gauge] | None]) -> None:
        super().__init__()
        self._read = read
        self._body = Static()

    def compose(self) -> ComposeResult:
        """Lay out one text."""
        with VerticalScroll(id="limits") as frame:
            yield self._body
        frame.border_title = Content("Limits of this run")
        frame.border_subtitle = Content("esc close")

    def on_mount(self) -> None:
        """Follow the run."""
        self._draw()
        self.set_interval(TICK, self._draw)

    def _draw(self) -> None:
        width = min(self.app.size.width * SHARE // 100, MAX_WIDTH) - FRAME
        found = self._read()
        if found is None:
            self._body.update(Tone.MUTED.styled("reading …"))
            return
        note = hanging(Content("  "), DEFAULTS, width, Tone.MUTED.style)
        self._body.update(sections(lines(*(drawn(gauge, width) for gauge in found)), note))


def drawn(gauge: Gauge, width: int) -> Content:
    """Return a gauge as a bar with its figures, and what there is to say of it."""
    tone = Tone.HUMAN if gauge.near else Tone.WAITING if gauge.should_continue else Tone.DONE
    line = Content.assemble(
        f"  {gauge.name:<{NAME}}",
        bar(gauge.used, gauge.limit, BAR, tone) if gauge.used else Tone.MUTED.styled("░" * BAR),
        (f"  {gauge.words}", tone.style if gauge.near or gauge.should_continue else ""),
    )
    said = []
    if gauge.near:
        said.append(f"▲ at the limit {gauge.beyond}")
    if gauge.should_continue:
        said.append(f"Temporal suggests continue-as-new from {gauge.suggested_words} on, and it has not done so")
    return lines(line, *(hanging(Content(" " * 4), text, width, tone.style) for text in said))
