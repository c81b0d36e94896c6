"""A long text of many blocks, of which only the lines in view are drawn. Put it into a container that scrolls."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

MAX_DRAWN = 500
"""Blocks that are kept as they were drawn: more than a screen has lines."""


class Block:
    """A part of the text; an empty one has no line.

    ``height`` returns how many lines ``draw`` returns for a width, where that is known at less cost.
    """

    def __init__(self, draw: Callable[[int], Content], height: Callable[[int], int] | None = None) -> None:
        self._draw, self._height = draw, height
        self._measured = (0, 0)
        """Width and height."""

    def lines(self, width: int) -> list[Content]:
        """Return the lines that it has in so many cells."""
        text = self._draw(width)
        return text.wrap(width) if text else []

    def height(self, width: int) -> int:
        """Return how many lines that are."""
        if self._measured[0] != width:
            self._measured = width, self._height(width) if self._height else len(self.lines(width))
        return self._measured[1]


BLANK = Block(lambda _: Content(" "), lambda _: 1)
"""A blank line."""


class BlockText(Widget):
    """Shows blocks below one another."""

    DEFAULT_CSS = "BlockText { width: 1fr; height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._blocks: tuple[Block, ...] = ()
        self._drawn: LRUCache[tuple[int, int], list[Content]] = LRUCache(MAX_DRAWN)
        """Lines by block and width."""
        self._width = 0
        self._ends: list[int] = []
        """For that width, where each block ends: the number of the line below it."""

    def show(self, blocks: Sequence[Block]) -> None:
        """Show these blocks in the place of others."""
        self._blocks = tuple(blocks)
        self._drawn.clear()
        self._width = 0
        self.refresh(layout=True)

    def text(self, width: int) -> str:
        """Return all of the text, as it is drawn in so many cells."""
        return "\n".join(line.plain for index in range(len(self._blocks)) for line in self._lines(index, width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the height of all blocks."""
        self._measure(width)
        return self._ends[-1] if self._ends else 0

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.size.width
        self._measure(width)
        index = bisect_right(self._ends, y)
        if index >= len(self._blocks):
            return Strip.blank(width, self.visual_style.rich_style)
        start = self._ends[index - 1] if index else 0
        line = next(iter(self._lines(index, width)[y - start :]), Content(""))
        (strip,) = Visual.to_strips(self, self._selected(line, y), width, 1, self.visual_style, apply_selection=False)
        return strip.extend_cell_length(width, self.visual_style.rich_style).apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return what somebody has selected with the mouse."""
        return selection.extract(self.text(self.size.width)), "\n"

    def _selected(self, line: Content, y: int) -> Content:
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is None:
            return line
        start, end = span
        style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
        return line.stylize(style, start, len(line.plain) if end == -1 else end)

    def _measure(self, width: int) -> None:
        if width != self._width:
            self._width, self._ends = width, list(accumulate(block.height(width) for block in self._blocks))

    def _lines(self, index: int, width: int) -> list[Content]:
        if (kept := self._drawn.get((index, width))) is None:
            kept = self._drawn[index, width] = self._blocks[index].lines(width)
        return kept
