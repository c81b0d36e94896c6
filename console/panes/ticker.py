"""The beat of a poller: it waits, and may be woken early."""

import asyncio
from contextlib import suppress

SHORTEST = 0.1
"""Seconds between two readings at least, however often it is woken."""


class Ticker:
    """Wakes its poller every so often, and at once when something is known to have happened."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Make the poller read again now."""
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or earlier when woken."""
        await asyncio.sleep(SHORTEST)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(seconds - SHORTEST, 0))
        self._woken.clear()
