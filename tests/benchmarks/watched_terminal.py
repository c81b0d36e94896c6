"""A real terminal whose raw output is watched: drawing it here would take longer than what is measured."""

import os
import re
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from tests.support.terminal import Terminal

COLUMNS, LINES = 160, 45
TIMEOUT_SECONDS = 60.0
LEAVING_SECONDS = 30.0
LIST_CELLS = 60
"""The list is in the left part of the screen."""


class WatchedTerminal(Terminal):
    """Runs a program, and tells what it wrote when."""

    def __init__(self, argv: list[str], environment: Mapping[str, str]) -> None:
        self.started = time.perf_counter()
        super().__init__(argv, columns=COLUMNS, lines=LINES, environment=environment)

    def listen(self, seconds: float) -> bytes:
        """Return what the program writes first within ``seconds``, undrawn; nothing when it stays silent."""
        ready, _, _ = select.select([self._process.child_fd], [], [], seconds)
        try:
            return os.read(self._process.child_fd, 65_536) if ready else b""
        except OSError:  # the program has ended
            return b""

    def strike(self, key: bytes) -> float:
        """Press a key at once (:meth:`press` waits a moment before), and return when."""
        struck = time.perf_counter()
        os.write(self._process.child_fd, key)
        return struck

    def until_written(self, wanted: re.Pattern[bytes]) -> tuple[re.Match[bytes], float]:
        """Read until the output from now on matches, and return the match and when it came.

        Raises:
            TimeoutError: it did not come.
        """
        written = b""
        deadline = time.perf_counter() + TIMEOUT_SECONDS
        while time.perf_counter() < deadline:
            written += self.listen(1.0)
            if (found := wanted.search(written)) is not None:
                return found, time.perf_counter()
        raise TimeoutError(f"{wanted.pattern!r} was not written; the output was {written[-2000:]!r}")

    def pass_time(self, seconds: float) -> None:
        """Read and drop what the program writes for so long."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self.listen(left)

    def background_at(self, text: str) -> str:
        """Return the colour behind the first ``text`` in the left of the screen, as six hexadecimal digits.

        Raises:
            ValueError: the text is not there.
        """
        for line, shown in enumerate(self._screen.display):
            if (column := shown.find(text, 0, LIST_CELLS)) >= 0:
                return str(self._screen.buffer[line][column].bg)
        raise ValueError(f"{text!r} is not on the screen:\n{self.text}")

    def leave(self) -> None:
        """End the program by ``q``, and wait until none of its processes is left."""
        children = psutil.Process(self.pid).children(recursive=True) if self._process.isalive() else []
        deadline = time.perf_counter() + LEAVING_SECONDS
        self.strike(b"q")
        while self._process.isalive() and time.perf_counter() < deadline:
            self.listen(0.02)
        psutil.wait_procs(children, timeout=LEAVING_SECONDS)


@contextmanager
def watched(argv: list[str], environment: Mapping[str, str]) -> Iterator[WatchedTerminal]:
    """Run a program during the block; none of its processes is left after it."""
    with WatchedTerminal(argv, environment) as terminal:
        try:
            yield terminal
        finally:
            terminal.leave()
