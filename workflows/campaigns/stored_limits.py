"""What the store says about a user's consent and the default policy at the moment of a query.

An import and a new default policy change the store alone, and an actor reads it with the next reservation: a query must
not say yes before. It is never replayed, so it may ask outside, as
:func:`~workflows.runtime.server_clock.time_of_query` does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError

from workflows.campaigns.steps import StoredLimits

TIMEOUT = 1.0
"""Seconds for an answer: Temporal gives up a workflow task that blocks for two."""

ReadLimits = Callable[[str], Awaitable[StoredLimits | None]]


class StoreSilentError(Exception):
    """The store did not say in time what limits the sends to a user."""


class LimitsReader:
    """Reads in the event loop of the worker, while the thread of the query waits."""

    def __init__(self) -> None:
        self._readers: dict[str, tuple[ReadLimits, asyncio.AbstractEventLoop]] = {}

    def read_with(self, task_queue: str, read: ReadLimits) -> None:
        """Let the queries of a task queue's workers in this process read so. To be called in the worker's loop."""
        self._readers[task_queue] = (read, asyncio.get_running_loop())

    def of(self, task_queue: str, user_id: str) -> StoredLimits | None:
        """Return what limits the sends now, or None if there is no such user.

        Raises:
            StoreSilentError: the store did not answer, or nobody said how to read it.
        """
        if task_queue not in self._readers:
            raise StoreSilentError(f"no store for {task_queue}")
        read, loop = self._readers[task_queue]

        async def ask() -> StoredLimits | None:
            async with asyncio.timeout(TIMEOUT):
                return await read(user_id)

        asked = asyncio.run_coroutine_threadsafe(ask(), loop)
        try:
            return asked.result(TIMEOUT)
        except (Exception, CancelledError) as error:  # whatever it was, it is not known
            asked.cancel()
            raise StoreSilentError(f"{type(error).__name__}: {error}") from error


STORED_LIMITS = LimitsReader()
"""Of this process."""
