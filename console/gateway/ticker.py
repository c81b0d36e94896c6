"""The pause between two reads of a poller, which can be cut short."""

import asyncio
from contextlib import suppress

MIN_PAUSE = 0.1
"""Seconds between two reads, however often the poller is woken."""


class Ticker:
    """Paces a poller."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Make the poller read again now."""
        self._woken.set()

    def forget(self) -> None:
        """Drop a wake-up that the latest read has answered already."""
        self._woken.clear()

    async def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or earlier when woken."""
        await asyncio.sleep(MIN_PAUSE)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(seconds - MIN_PAUSE, 0))
        self._woken.clear()
