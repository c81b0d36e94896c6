"""Lines below a header: one is drawn when it comes into view or changes, so that 20,000 scroll as fast as 20.

Textual's own scroll bar takes as long to draw as all lines; so the bar is drawn here, by line, too.
"""

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, MouseDown, MouseMove, MouseUp, Resize
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.widgets.palette import Palette
from console.widgets.scrollbar_thumb import ScrollbarThumb

TRACK_CELLS = 1
"""Width of the scroll bar."""


class LineView(ScrollView, can_focus=True):
    """Owns the cursor, the keys and the mouse, and the scroll bar; what extends it draws the lines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--header", "line--cursor", "line--track", "line--thumb"}
    DEFAULT_CSS = """
    LineView {
        height: 1fr; background: $surface; color: $foreground; scrollbar-size: 0 0; overflow-x: hidden;
        & > .line--track { background: $scrollbar-background; }
        & > .line--thumb { background: $scrollbar; }
        & > .line--header { color: $tone-muted; }
        & > .line--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .line--cursor { background: $block-cursor-background; text-style: bold; }
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

    def __init__(self, header_lines: int = 1) -> None:
        super().__init__()
        self._header_lines = header_lines
        self._palette: Palette | None = None
        self._base = Style()
        self._thumb_lines = range(0)
        self.dragging = False

    # What extends it has these.

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def action_choose(self) -> None:
        """Act on the line under the cursor."""
        raise NotImplementedError

    def draw_header(self, width: int) -> Strip:
        """Return the header in ``width`` cells."""
        raise NotImplementedError

    def draw_line(self, index: int, width: int, background: Style) -> Strip:
        """Return a line in ``width`` cells."""
        raise NotImplementedError

    # The cursor.

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on a line."""
        return min(max(index, 0), max(self.line_count - 1, 0))

    def watch_cursor(self, before: int, now: int) -> None:
        """Draw both lines."""
        self._keep_in_view()
        self.draw_again((before, now))

    def put_cursor(self, index: int) -> None:
        """Put the cursor on a line after all of them have changed."""
        self.set_reactive(LineView.cursor, self.validate_cursor(index))
        self._keep_in_view()
        self.call_after_refresh(self._keep_in_view)  # until then it scrolls no farther than the lines before
        self.refresh()

    def action_move(self, step: int) -> None:
        """Move the cursor by ``step`` lines."""
        self.cursor += step

    def action_move_page(self, step: int) -> None:
        """Move the cursor by ``step`` pages."""
        self.cursor += step * max(self._room - 1, 1)

    def action_move_to_end(self, step: int) -> None:
        """Move the cursor to the first or the last line."""
        self.cursor = 0 if step < 0 else self.line_count - 1

    # The mouse.

    def on_click(self, event: Click) -> None:
        """Move the cursor to the line; choose the one that is under the cursor already."""
        index = self.index_at(event.y)
        if index is None or self._on_track(event.x):
            return
        if index == self.cursor:
            self.action_choose()
        self.cursor = index

    def on_mouse_down(self, event: MouseDown) -> None:
        """Grab the scroll bar."""
        if self._on_track(event.x):
            self.dragging = True
            self.capture_mouse()
            self._scroll_by_thumb(event.y)

    def on_mouse_up(self, _: MouseUp) -> None:
        """Let go of the scroll bar."""
        self.dragging = False
        self.release_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Drag the scroll bar."""
        if self.dragging:
            self._scroll_by_thumb(event.y)

    # Geometry.

    def on_resize(self, _: Resize) -> None:
        """Fit the new size."""
        self.measure()
        self._keep_in_view()
        self.refresh()

    def measure(self) -> None:
        """Let it scroll as far as there are lines; to be called when their number has changed."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.line_count + self._header_lines)

    @property
    def lines_in_view(self) -> range:
        """The lines on the screen."""
        top = self.scroll_offset.y
        return range(min(top, self.line_count), min(top + self._room, self.line_count))

    def index_at(self, y: int) -> int | None:
        """Return the line that is drawn at ``y``, None for the header and below the last line."""
        index = y - self._header_lines + self.scroll_offset.y
        return index if y >= self._header_lines and index < self.line_count else None

    @property
    def _room(self) -> int:
        """How many lines fit on the screen."""
        return max(self.size.height - self._header_lines, 1)

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if not top <= self.cursor < top + self._room:
            self.scroll_to(y=self.cursor if self.cursor < top else self.cursor - self._room + 1, animate=False)

    @property
    def _thumb(self) -> ScrollbarThumb:
        return ScrollbarThumb(self.line_count, self._room, self.scroll_offset.y)

    def _on_track(self, x: int) -> bool:
        return x >= self.size.width - TRACK_CELLS

    def _scroll_by_thumb(self, y: int) -> None:
        self.scroll_to(y=self._thumb.top_at(y - self._header_lines), animate=False)

    # Drawing.

    def draw_again(self, indexes: Iterable[int]) -> None:
        """Draw lines again, as far as they are in view."""
        for index in {*indexes} & {*self.lines_in_view}:
            self.refresh_line(index + self._header_lines)

    @property
    def palette(self) -> Palette:
        """The tones in the current theme."""
        self._palette = self._palette or Palette(self.app)
        return self._palette

    def notify_style_update(self) -> None:
        """Draw everything again: focus or theme changed."""
        super().notify_style_update()
        self._palette = None
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines, and look up once what they share: the background depends on all ancestors."""
        self._base = self.rich_style
        self._thumb_lines = self._thumb.lines
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        index, width = self.index_at(y), self.size.width - TRACK_CELLS
        if y < self._header_lines:
            strip = self.draw_header(width)
        elif index is None:
            return Strip.blank(self.size.width, self._base)
        else:
            strip = self.draw_line(index, width, self.background_of(index))
        return Strip([*strip, self._track(y - self._header_lines)])

    def background_of(self, index: int) -> Style:
        """Return the background of a line."""
        return self.part_style("cursor") if index == self.cursor else self._base

    def part_style(self, part: str) -> Style:
        """Return the style of a part, such as the header."""
        return self._base + self.get_component_rich_style(f"line--{part}")

    def _track(self, line: int) -> Segment:
        if not self._thumb_lines or line < 0:
            return Segment(" " * TRACK_CELLS, self._base)
        return Segment(" " * TRACK_CELLS, self.part_style("thumb" if line in self._thumb_lines else "track"))
