"""A real terminal: a program on a pseudo-terminal, and the screen that a person would see."""

from collections.abc import Callable, Mapping
from typing import Self

import pexpect
import pyte

from tests.support.eventually import eventually

DEADLINE_SECONDS = 180
POLL_INTERVAL = 0.05
"""Seconds. Drawing the screen as text takes some milliseconds."""


class Terminal:
    """Runs a program at ``columns`` x ``lines`` in ``environment``, types for it, and reads its screen."""

    def __init__(self, argv: list[str], *, columns: int, lines: int, environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.output = bytearray()
        """All that the program wrote."""
        settings = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for size in ("COLUMNS", "LINES"):  # of the terminal that the tests run in
            settings.pop(size, None)
        self._process: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0], argv[1:], dimensions=(lines, columns), env=settings, timeout=None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close(force=True)

    @property
    def pid(self) -> int:
        """The program's process ID."""
        return int(self._process.pid or 0)

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def hang_up(self) -> None:
        """Close the terminal, as a window that is closed: the program gets SIGHUP."""
        self._process.ptyproc.fileobj.close()  # type: ignore[attr-defined]

    def press(self, keys: str) -> None:
        """Type ``keys``; escape sequences are sent as they are."""
        self._process.send(keys)

    def read(self) -> bool:
        """Take in what the program wrote so far, and return whether there was anything."""
        try:
            data = self._process.read_nonblocking(size=65_536, timeout=0)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.output += data
        self._stream.feed(data)
        return True

    async def wait_for(self, seen: str | Callable[[str], bool]) -> str:
        """Read until ``seen`` is on the screen, and return the screen."""

        def look() -> str:
            self.read()
            return self.text

        found = seen if callable(seen) else lambda text: seen in text
        return await eventually(
            look, found, describe=lambda: self.text, seconds=DEADLINE_SECONDS, interval=POLL_INTERVAL
        )

    async def wait_for_exit(self) -> int:
        """Read until the program ends, and return its exit code (minus the signal's number if one killed it)."""

        def look() -> bool:
            ended = not self._process.isalive()
            while self.read():
                pass
            return ended

        await eventually(look, describe=lambda: self.text, seconds=DEADLINE_SECONDS, interval=POLL_INTERVAL)
        if self._process.exitstatus is None:
            return -int(self._process.signalstatus or 0)
        return int(self._process.exitstatus)
