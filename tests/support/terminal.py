"""A real terminal: a program on a pseudo-terminal, and the screen that a person would see."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pexpect
import pyte

DEADLINE_SECONDS = 90


class Terminal:
    """Runs a program at ``columns`` x ``lines`` in ``environment``, types for it, and reads its screen."""

    def __init__(self, argv: list[str], *, columns: int, lines: int, environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        settings = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for size in ("COLUMNS", "LINES"):  # of the terminal that the tests run in
            settings.pop(size, None)
        self._process: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0], argv[1:], dimensions=(lines, columns), env=settings, timeout=None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the program wrote, for ``seconds`` at most; return whether there was anything."""
        try:
            data = self._process.read_nonblocking(size=65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            return False
        self._stream.feed(data)
        return True

    def wait_for(self, seen: str | Callable[[str], bool], *, seconds: float = DEADLINE_SECONDS) -> str:
        """Read until ``seen`` is on the screen, and return the screen.

        Raises:
            TimeoutError: it did not come; the text is the screen as it was.
        """
        found = seen if callable(seen) else lambda text: seen in text
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read()
            if found(self.text):
                return self.text
        raise TimeoutError(f"{seen!r} did not come up within {seconds} s; the screen is:\n{self.text}")

    def wait_for_exit(self, *, seconds: float = DEADLINE_SECONDS) -> int:
        """Read until the program ends, and return its exit code (minus the signal's number if one killed it).

        Raises:
            TimeoutError: it is still running.
        """
        deadline = time.monotonic() + seconds
        while self._process.isalive():
            self.read()
            if time.monotonic() > deadline:
                raise TimeoutError(f"still running after {seconds} s; the screen is:\n{self.text}")
        if self._process.exitstatus is None:
            return -int(self._process.signalstatus or 0)
        return int(self._process.exitstatus)
