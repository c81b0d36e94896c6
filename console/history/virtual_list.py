"""Lines of any number, each of which is made when it comes into view."""

from collections.abc import Callable, Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from console.design.tone import Tone
from console.widgets.line_view import LineView

Piece = tuple[str, Tone]
"""A text and its tone."""


class VirtualList(LineView):
    """Shows lines of pieces, below a header of a line or none."""

    class Chosen(Message):
        """The line under the cursor was clicked, or chosen with a key."""

    def __init__(self, header_lines: int = 1) -> None:
        super().__init__(header_lines)
        self._count = 0
        self._header: Callable[[int], Sequence[Piece]] = lambda _: ()
        self._draw: Callable[[int, int], Sequence[Piece]] = lambda _, __: ()

    @property
    def line_count(self) -> int:
        """The number of lines."""
        return self._count

    def show(
        self,
        count: int,
        header: Callable[[int], Sequence[Piece]],
        draw: Callable[[int, int], Sequence[Piece]],
        cursor: int | None = None,
    ) -> None:
        """Show other lines: ``draw`` returns the pieces of a line for its index and the width."""
        self._count, self._header, self._draw = count, header, draw
        self.measure()
        self.put_cursor(self.cursor if cursor is None else cursor)

    def move_to_next(self, indexes: Sequence[int], step: int) -> int:
        """Move the cursor to the next of these lines, or the one before, beyond the ends, too; return which it is."""
        following = [index for index in indexes if (index > self.cursor if step > 0 else index < self.cursor)]
        self.cursor = (following or indexes)[0 if step > 0 else -1]
        return indexes.index(self.cursor)

    def action_choose(self) -> None:
        """Tell others."""
        self.post_message(self.Chosen())

    def draw_header(self, width: int) -> Strip:
        """Return the header."""
        return self._strip(self._header(width), width, self.part_style("header"))

    def draw_line(self, index: int, width: int, background: Style) -> Strip:
        """Return a line; a longer one ends in ``…``."""
        return self._strip(self._draw(index, width), width, background)

    def _strip(self, pieces: Iterable[Piece], width: int, background: Style) -> Strip:
        strip = Strip([Segment(text, background + self.palette.style(tone)) for text, tone in pieces])
        if strip.cell_length <= width:
            return strip.adjust_cell_length(width, background)
        return Strip([*strip.crop(0, width - 1), Segment("…", background + self.palette.style(Tone.MUTED))])
