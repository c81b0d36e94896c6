"""A line that is typed or pasted."""

from textual.events import Paste
from textual.widgets import Input


class LineInput(Input):
    """An input of one line. Of a text of several lines that is pasted, all are taken, with spaces between them."""

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()  # Textual's own takes the first line only
        event.stop()
        lines = event.text.strip("\r\n").splitlines()
        text = event.text if len(lines) == 1 else " ".join(filter(None, map(str.strip, lines)))
        self.replace(text.strip("\r\n"), *self.selection)
