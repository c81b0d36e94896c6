"""An input of one line that takes pasted text whole."""

from textual.events import Paste
from textual.widgets import Input


class LineInput(Input):
    """An input that joins pasted lines with spaces; Textual's own takes the first one only."""

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        lines = event.text.strip("\r\n").splitlines()
        text = event.text if len(lines) == 1 else " ".join(filter(None, map(str.strip, lines)))
        self.replace(text.strip("\r\n"), *self.selection)
