"""The terminal that the screen is drawn on, which may be closed at any time."""

import io
import sys
from typing import TYPE_CHECKING

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class LosableFile(io.FileIO):
    """Takes what is written when nobody is there any more, as a pipe to nowhere does."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write, and return how many bytes are done with."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class TerminalDriver(LinuxDriver):
    """Draws on the terminal, and on nothing once that is closed.

    Textual draws in a thread with a short queue. That thread would end with the first error, and whoever draws next
    would wait for it for ever once the queue is full: a console without a terminal that nothing ends.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = losable(sys.__stderr__.fileno() if sys.__stderr__ else 2)


def losable(number: int) -> io.TextIOWrapper:
    """Return text output to an open file that may be lost; it is left open in the end."""
    raw = LosableFile(number, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")
