"""An input of one line that takes pasted text whole, and a key without a new layout of the screen."""

from textual.events import Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input


class LineInput(Input):
    """An input that joins pasted lines with spaces; Textual's own takes the first one only.

    Its width never follows its text, so a key need not lay out all other widgets again, as in Textual's own input.
    """

    virtual_size = Reactive(Size(0, 0))

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = event.text.strip("\r\n").splitlines()
        text = event.text if len(lines) == 1 else " ".join(filter(None, map(str.strip, lines)))
        self.replace(text.strip("\r\n"), *self.selection)
