"""Child processes that end when we do, and that talk to us in lines."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from workflows.runtime.embedded import PRIVATE

LINE_BYTES = 1_000_000
LAST_WORDS_BYTES = 4_000
YIELDING = 10
"""Added to our own niceness: where both want a processor, we get nine times as much of it."""


class Child:
    """One run of ``python -m workers …``.

    It ends when its standard input does, which happens however we end: nobody else holds the other end of that
    pipe. It is in a process group of its own, so that Ctrl-C in our terminal is ours alone, and yields to us where
    processors are short, so that no workflow makes a key wait. (In a session of its own it would not: Linux then weighs
    sessions, whatever their processes yield.)
    """

    def __init__(self, process: Process, errors: Path) -> None:
        self._process = process
        self._errors = errors

    @classmethod
    async def start(cls, arguments: Sequence[str], *, errors: Path, environment: Mapping[str, str]) -> "Child":
        """Start it; what it writes to standard error goes to the file ``errors``.

        Raises:
            OSError: it cannot be started, or the file cannot be written.
        """
        errors.parent.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        errors.parent.mkdir(parents=True, exist_ok=True)
        with errors.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a folder that happens to be named workers, where we were started, is not ours
                "-m",
                "workers",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                process_group=0,
                limit=LINE_BYTES,
                env=dict(environment),
            )
        with suppress(OSError):  # it has ended already, or the system does not let us
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + YIELDING)
        return cls(process, errors)

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    async def listen(self, line: Callable[[bytes], None]) -> int:
        """Hand each line of its output over until it ends, and return its exit code."""
        if self._process.stdout is not None:
            async for text in self._process.stdout:
                line(text)
        return await self._process.wait()

    def last_words(self) -> str:
        """Return the last line that it wrote to standard error, which says why it ended."""
        with suppress(OSError):
            text = self._errors.read_bytes()[-LAST_WORDS_BYTES:].decode(errors="replace")
            lines = [line.strip() for line in text.split("\n") if line.strip()]
            return lines[-1].removeprefix("tconsole: ") if lines else ""
        return ""

    async def stop(self, seconds: float) -> None:
        """Have it end by itself, and kill it if it has not after ``seconds``."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
