"""The driver of a console whose screen is in a browser."""

import os
from functools import partial

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Draws through the web server, and ends the console when that is gone.

    Textual's own driver stops to read then, and the app would run on for ever without a screen.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = partial(self._write_all)

    def run_input_thread(self) -> None:
        """Read until the end of the input, and leave then."""
        super().run_input_thread()
        self._app.post_message(messages.ExitApp())

    def _write_all(self, data: bytes) -> int:
        """Write all of ``data``, in several parts where a signal comes between; drop it once nobody reads it."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self.fileno, left) :]
        except OSError:
            return len(data)
        return len(data)
