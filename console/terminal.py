"""The driver of a terminal that may be closed at any time."""

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class LosableFile(io.FileIO):
    """A file that drops what is written once nobody reads it."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write, and return how many bytes were written or dropped."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class TerminalDriver(LinuxDriver):
    """Draws on the terminal, and drops the output once it is closed.

    Textual writes in a thread with a bounded queue. The first error would end that thread, and the app would then
    block on the full queue for ever instead of exiting.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = losable(sys.__stderr__.fileno() if sys.__stderr__ else 2)

    @property
    def can_suspend(self) -> bool:
        """Whether there is a shell to go back to: without job control nobody would let us go on."""
        return os.getpgrp() != os.getsid(0)

    def _sigtstp_application(self, *_: object) -> None:
        """Stop the whole job: a program that started us, such as uv, does not stop by itself."""
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(0, signal.SIGSTOP)


def losable(number: int) -> io.TextIOWrapper:
    """Return text output to an open file that may be lost; closing it leaves the file open."""
    raw = LosableFile(number, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")
