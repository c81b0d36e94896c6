"""The list of operations on one run: what each does to the business, and why one is not possible."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import hanging, lines, problem
from console.history.state import pause_words
from console.operations.look import Look
from console.operations.operation import Offer, offers
from console.operations.words import offer_words
from workflows.shared.errors import CallError

INDENT = 4
FRAME = 6
"""Cells of border, padding and scroll bar."""
Chosen = tuple[Look, Offer]


class OperationsScreen(ModalScreen[Chosen | None]):
    """Asks which operation is done; the result is that with the look on which it rests."""

    DEFAULT_CSS = """
    OperationsScreen {
        align: center middle;
        #operations {
            width: 96%; max-width: 116; height: auto; max-height: 96%; padding: 0 1; background: $surface;
            border: round $accent; border-title-color: $text-accent; border-title-style: bold;
            border-subtitle-color: $tone-muted;
        }
        #operations-about { height: auto; max-height: 8; padding: 0 1 1 1; }
        OptionList, OptionList:focus { height: auto; max-height: 32; padding: 0; background: $surface; border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave", show=False)]

    def __init__(self, title: str, read: Callable[[], Awaitable[Look]], *, read_only: bool) -> None:
        super().__init__()
        self._title, self._read, self._read_only = title, read, read_only
        self._look: Look | None = None
        self._offers: list[Offer] = []

    def compose(self) -> ComposeResult:
        """Lay out what is known of the run above the operations."""
        with Vertical(id="operations") as frame:
            yield Static(Tone.MUTED.styled("reading …"), id="operations-about")
            yield OptionList()
        frame.border_title = Content(f"Operations on this run · {plain(self._title, limit=80)}")
        frame.border_subtitle = Content("enter chooses, nothing is done yet · esc leaves")

    def on_mount(self) -> None:
        """Read what is known of the run."""
        self.query_one(OptionList).focus()
        self.run_worker(self._read_run(), exit_on_error=False)

    async def _read_run(self) -> None:
        try:
            self._look = await self._read()
        except CallError as error:
            self.query_one("#operations-about", Static).update(problem(str(error)))
            return
        one = self._look
        self._offers = [
            *offers(one.server.run, one.meaning, can_pause=one.can_pause, latest=one.latest, read_only=self._read_only)
        ]
        self._draw()

    @on(Resize)
    def _draw(self) -> None:
        if self._look is None:
            return
        now, listed = datetime.now(UTC), self.query_one(OptionList)
        width = max(min(self.app.size.width * 96 // 100, 116) - FRAME, 20)
        self.query_one("#operations-about", Static).update(_about(self._look, now, width))
        at = listed.highlighted or 0
        listed.set_options([Option(_drawn(offer, self._look, now, width)) for offer in self._offers])
        listed.highlighted = at

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        offer = self._offers[message.option_index]
        if self._look is not None and not offer.why_not:
            self.dismiss((self._look, offer))


def _about(look: Look, now: datetime, width: int) -> Content:
    run = look.server.run
    state = Content.assemble(
        (plain(look.named, limit=width), "bold"),
        Tone.MUTED.styled(f"  {plain(run.workflow_type, limit=40)} · "),
        (run.status, (Tone.HUMAN if look.paused else Tone.PLAIN).style),
    )
    paused = (
        [hanging(Content("Paused      "), pause_words(run.pause), width, Tone.HUMAN.style)]
        if run.pause is not None
        else []
    )
    held = hanging(Content("Still held  "), "; ".join(look.held(now)), width)
    better = [hanging(Content("Better      "), text, width, Tone.ACCENT.style) for text in look.instead]
    return lines(state, *paused, held, *better)


def _drawn(offer: Offer, look: Look, now: datetime, width: int) -> Content:
    operation = offer.operation
    if offer.why_not:
        start = Content(f"· {operation.title}  ")
        return hanging(start, offer.why_not, width).stylize(Tone.STOPPED.style)
    tone = Tone.HUMAN if operation.dangerous else Tone.ACCENT
    first = offer_words(offer, look, now).split("\n")
    told = [each for each in first if not each.startswith(("Still held", "Better"))]  # they stand above
    sign = tone.styled("▲ " if operation.dangerous else "▸ ")
    body = hanging(Content(" " * INDENT), " ".join(told), width - INDENT, Tone.MUTED.style)
    return lines(Content.assemble(sign, (operation.title, "bold")), body)
