"""Three views of one workflow: details, history and payload."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from console.design.text import plain
from console.design.times import clock
from console.design.tone import Tone
from console.gateway.history import HistoryLine

MAX_EVENTS = 500
"""Latest events that the history shows; the Web UI has all."""


class View(StrEnum):
    """One of the views."""

    DETAILS = "details"
    HISTORY = "history"
    PAYLOAD = "payload"

    @property
    def next(self) -> "View":
        """The view after this one."""
        views = list(View)
        return views[(views.index(self) + 1) % len(views)]


class DetailView(VerticalScroll):
    """Shows one view at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("enter", "choose", "Go on", show=False),
    ]

    class Chosen(Message):
        """Go on from the details to what belongs to their workflow."""

    def __init__(self) -> None:
        super().__init__()
        self._body = Static()
        self._views: dict[View, Callable[[], Content]] = {}
        self._shown: Content | None = None
        self._events: list[HistoryLine] = []
        self._height: int | None = None
        self.view = View.DETAILS
        self._name_views()

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield self._body

    def action_choose(self) -> None:
        """Tell others."""
        self.post_message(self.Chosen())

    def on_resize(self, _: Resize) -> None:
        """Forget the text's height: lines may wrap differently now."""
        self._height = self._shown = None

    @property
    def room(self) -> int:
        """Width of the text in cells."""
        return max(self.scrollable_content_region.width, 20)

    def open(self, title: str) -> None:
        """Start with another workflow, at its top and without any text."""
        self.border_title = Content(plain(title))
        self._events = []
        self._views = {}
        self._draw()
        self.scroll_home(animate=False)

    def show(self, view: View, text: Callable[[], Content]) -> None:
        """Show ``text`` in ``view``. It is called only when the view is shown, which is rare."""
        self._views[view] = text
        if view is self.view:
            self._draw()

    def add_events(self, lines: Sequence[HistoryLine], *, anew: bool) -> None:
        """Add events to the history, or replace it with them."""
        self._events = [*([] if anew else self._events), *lines][-MAX_EVENTS:]
        self.show(View.HISTORY, lambda: _history(self._events, self.room))

    def turn(self, view: View) -> None:
        """Show ``view``."""
        self.view = view
        self.scroll_home(animate=False)
        self._name_views()
        self._draw()

    def _draw(self) -> None:
        content = self._views.get(self.view, Content)()
        if self._shown is not None and self._shown.is_same(content):
            return
        self._shown = content
        before, self._height = self._height, self._height_of(content)
        # No layout if the height stays: laying out the whole screen takes longer than drawing this text.
        self._body.update(content, layout=self._height is None or self._height != before)

    def _height_of(self, content: Content) -> int | None:
        """Return the text's height in lines, at least the pane's own; None if a line may be wrapped."""
        lines = content.plain.split("\n")
        if max(map(cell_len, lines)) > self.room:
            return None
        return max(len(lines), self.scrollable_content_region.height)

    def _name_views(self) -> None:
        names = [(view.value, "bold $tone-accent" if view is self.view else Tone.MUTED.style) for view in View]
        self.border_subtitle = Content(" · ").join(Content.styled(*name) for name in names)


def _history(events: Sequence[HistoryLine], room: int) -> Content:
    now = datetime.now(UTC)
    width = max((len(str(line.event_id)) for line in events), default=1)
    return Content("\n").join(
        Content.assemble(
            (f"{line.event_id:>{width}}  {clock(line.at, now)}  ", Tone.MUTED.style),
            line.kind,
            (f"  {plain(line.detail)}", Tone.ACCENT.style) if line.detail else "",
        ).truncate(room, ellipsis=True)
        for line in reversed(events)
    )
