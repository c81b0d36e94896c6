"""An input of one line that takes pasted text whole, and a key without a new layout of the screen."""

from rich.cells import cell_len
from textual.events import Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widgets import Input

from console.design.text import plain


class LineInput(Input):
    """An input that joins pasted lines with spaces; Textual's own takes the first one only.

    Its width never follows its text, so a key need not lay out all other widgets again, as in Textual's own input.
    """

    virtual_size = Reactive(Size(0, 0))

    def render_line(self, y: int) -> Strip:
        """Return the line; a placeholder that has no room ends in ``…``."""
        whole, room = self.placeholder, self.scrollable_content_region.width
        if self.value or cell_len(whole) <= room:
            return super().render_line(y)
        self.set_reactive(Input.placeholder, plain(whole, limit=room))
        try:
            return super().render_line(y)
        finally:
            self.set_reactive(Input.placeholder, whole)

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = event.text.strip("\r\n").splitlines()
        text = event.text if len(lines) == 1 else " ".join(filter(None, map(str.strip, lines)))
        self.replace(text.strip("\r\n"), *self.selection)
