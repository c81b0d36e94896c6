"""A text that may be given less room than it needs, and then ends in ``…``."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Static

MARK = "…"


class Excerpt(Static):
    """Shows as many lines as its styles allow; the last one ends in ``…`` where the text goes on."""

    def render_line(self, y: int) -> Strip:
        """Return a line, the last one with the mark where the text goes on."""
        strip = super().render_line(y)
        width, height = self.size
        if y != height - 1 or not width or self.visual.get_height({}, width) <= height:
            return strip
        kept = strip.crop(0, min(cell_len(strip.text.rstrip()), width - 1))
        style = next((segment.style for segment in reversed([*kept])), None)
        return Strip([*kept, Segment(MARK, style)]).adjust_cell_length(width, self.visual_style.rich_style)
