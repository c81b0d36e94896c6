"""The time of the local Slack: the machine's, or one that a test moves."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, and waiting for them."""

    def now(self) -> float:
        """Return the time."""

    async def wait(self, seconds: float) -> None:
        """Return when so many seconds have passed."""


class RealClock:
    """The machine's time."""

    def now(self) -> float:
        """Return the time."""
        return time.time()

    async def wait(self, seconds: float) -> None:
        """Return when so many seconds have passed."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A time that stands still until a test moves it, so that no timeout depends on the machine's load."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return the time."""
        return self._now

    async def wait(self, seconds: float) -> None:
        """Return when the clock was moved by so many seconds."""
        due = asyncio.get_running_loop().create_future()
        self._waiting.append((self._now + seconds, due))
        self._wake()
        await due

    def advance(self, seconds: float) -> None:
        """Move the time on."""
        self._now += seconds
        self._wake()

    def _wake(self) -> None:
        for at, due in self._waiting:
            if at <= self._now and not due.done():
                due.set_result(None)
        self._waiting = [(at, due) for at, due in self._waiting if not due.done()]
