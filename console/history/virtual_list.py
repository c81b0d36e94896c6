"""The lines of a history, of which only those in view are drawn: 20,000 must scroll as fast as 20."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, MouseDown, MouseMove, MouseUp, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.design.tone import Tone
from console.listing.scrollbar_thumb import ScrollbarThumb
from console.widgets.palette import Palette

TRACK_CELLS = 1

Piece = tuple[str, Tone]


class VirtualList(ScrollView, can_focus=True):
    """Shows ``count`` lines below a header of a line or none; each is asked for when it comes into view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-list--header",
        "virtual-list--cursor",
        "virtual-list--track",
        "virtual-list--thumb",
    }
    DEFAULT_CSS = """
    VirtualList {
        height: 1fr; background: $surface; color: $foreground; scrollbar-size: 0 0; overflow-x: hidden;
        & > .virtual-list--track { background: $scrollbar-background; }
        & > .virtual-list--thumb { background: $scrollbar; }
        & > .virtual-list--header { color: $tone-muted; }
        & > .virtual-list--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .virtual-list--cursor { background: $block-cursor-background; text-style: bold; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to_end(-1)", "First", show=False),
        Binding("end", "move_to_end(1)", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Chosen(Message):
        """The line under the cursor was clicked, or chosen with a key."""

    def __init__(self, header_lines: int = 1) -> None:
        super().__init__()
        self._header_lines = header_lines
        self.count = 0
        self._header: Callable[[int], Sequence[Piece]] = lambda _: ()
        self._draw: Callable[[int, int], Sequence[Piece]] = lambda _, __: ()
        self._palette: Palette | None = None
        self._base = Style()
        self._thumb_lines = range(0)
        self._dragging = False

    def show(
        self,
        count: int,
        header: Callable[[int], Sequence[Piece]],
        draw: Callable[[int, int], Sequence[Piece]],
        cursor: int | None = None,
    ) -> None:
        """Show other lines: ``draw`` returns the pieces of a line for its index and the width."""
        self.count, self._header, self._draw = count, header, draw
        self._measure()
        self.set_reactive(VirtualList.cursor, self.validate_cursor(self.cursor if cursor is None else cursor))
        self._keep_in_view()
        self.call_after_refresh(self._keep_in_view)  # until then it scrolls no farther than the lines before
        self.refresh()

    def draw_again(self, index: int) -> None:
        """Draw a line again, if it is in view."""
        if index in self.lines_in_view:
            self.refresh_line(index - self.scroll_offset.y + self._header_lines)

    @property
    def lines_in_view(self) -> range:
        """The lines on the screen."""
        top = self.scroll_offset.y
        return range(min(top, self.count), min(top + self._room, self.count))

    # The cursor.

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on a line."""
        return min(max(index, 0), max(self.count - 1, 0))

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines."""
        self._keep_in_view()
        for index in (before, now):
            self.draw_again(index)

    def action_move(self, step: int) -> None:
        """Move the cursor by ``step`` lines."""
        self.cursor += step

    def action_move_page(self, step: int) -> None:
        """Move the cursor by ``step`` pages."""
        self.cursor += step * max(self._room - 1, 1)

    def action_move_to_end(self, step: int) -> None:
        """Move the cursor to the first or the last line."""
        self.cursor = 0 if step < 0 else self.count - 1

    def on_click(self, event: Click) -> None:
        """Move the cursor to the line; choose the one that is under the cursor already."""
        index = event.y - self._header_lines + self.scroll_offset.y
        if event.y < self._header_lines or index >= self.count or self._on_track(event.x):
            return
        if index == self.cursor:
            self.post_message(self.Chosen())
        self.cursor = index

    def on_mouse_down(self, event: MouseDown) -> None:
        """Grab the scroll bar."""
        if self._on_track(event.x):
            self._dragging = True
            self.capture_mouse()
            self._scroll_by_thumb(event.y)

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go of the scroll bar."""
        self._dragging = False
        self.release_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Drag the scroll bar."""
        if self._dragging:
            self._scroll_by_thumb(event.y)

    # Geometry.

    def on_resize(self, _: Resize) -> None:
        """Fit the new size."""
        self._measure()
        self._keep_in_view()
        self.refresh()

    @property
    def _room(self) -> int:
        return max(self.size.height - self._header_lines, 1)

    def _measure(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self.count + self._header_lines)

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if not top <= self.cursor < top + self._room:
            self.scroll_to(y=self.cursor if self.cursor < top else self.cursor - self._room + 1, animate=False)

    @property
    def _thumb(self) -> ScrollbarThumb:
        return ScrollbarThumb(self.count, self._room, self.scroll_offset.y)

    def _on_track(self, x: int) -> bool:
        return x >= self.size.width - TRACK_CELLS

    def _scroll_by_thumb(self, y: int) -> None:
        self.scroll_to(y=self._thumb.top_at(y - self._header_lines), animate=False)

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, and look up once what they share."""
        self._base = self.rich_style
        self._thumb_lines = self._thumb.lines
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        """Draw everything again: focus or theme changed."""
        super().notify_style_update()
        self._palette = None
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self.size.width - TRACK_CELLS
        index = y - self._header_lines + self.scroll_offset.y
        if y < self._header_lines:
            strip = self._strip(self._header(width), width, self._part("header"))
        elif index >= self.count:
            return Strip.blank(self.size.width, self._base)
        else:
            background = self._part("cursor") if index == self.cursor else self._base
            strip = self._strip(self._draw(index, width), width, background)
        return Strip([*strip, self._track(y - self._header_lines)])

    def _strip(self, pieces: Iterable[Piece], width: int, background: Style) -> Strip:
        self._palette = palette = self._palette or Palette(self.app)
        strip = Strip([Segment(text, background + palette.style(tone)) for text, tone in pieces])
        if strip.cell_length <= width:
            return strip.adjust_cell_length(width, background)
        return Strip([*strip.crop(0, width - 1), Segment("…", background + palette.style(Tone.MUTED))])

    def _track(self, line: int) -> Segment:
        if not self._thumb_lines or line < 0:
            return Segment(" " * TRACK_CELLS, self._base)
        return Segment(" " * TRACK_CELLS, self._part("thumb" if line in self._thumb_lines else "track"))

    def _part(self, part: str) -> Style:
        return self._base + self.get_component_rich_style(f"virtual-list--{part}")
