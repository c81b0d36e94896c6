"""A console in small, for tests: it says who it is and how large, and leaves with q."""

import os

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.events import Resize
from textual.widgets import Static

from console.browser.driver import BrowserDriver


class SmallApp(App[None]):
    """Shows its process and its size."""

    BINDINGS = [Binding("q", "quit", "Quit")]  # noqa: RUF012 - as Textual has it

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static()

    def on_resize(self, event: Resize) -> None:
        """Say how large it is."""
        self.query_one(Static).update(f"pid={os.getpid()} size={event.size.width}x{event.size.height}.")


if __name__ == "__main__":
    app = SmallApp()
    app.driver_class = BrowserDriver
    app.run()
