"""Whether the server answers, and the age of its last answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.service import RPCError, RPCStatusCode

from console.gateway.call_meter import CallKind, CallMeter
from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError, RefusedError

UNREACHABLE = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
BUSY = RPCStatusCode.RESOURCE_EXHAUSTED
CALL_TIMEOUT = timedelta(seconds=5)
"""A page of 1,000 rows takes 0.2 s, so a server that takes 5 s counts as gone."""


class Health:
    """Watches calls to the server. ``error`` is one line on why the last call was not answered, None if it was.

    ``calls`` counts all that the console makes, also those that are not watched.
    """

    def __init__(self, calls: CallMeter | None = None) -> None:
        self.calls = calls or CallMeter()
        self.error: str | None = None
        self.answered_at: float | None = None

    @property
    def age(self) -> float | None:
        """Seconds since the server last answered, None before the first answer."""
        return None if self.answered_at is None else time.monotonic() - self.answered_at

    @asynccontextmanager
    async def watch(self, kind: CallKind = CallKind.OTHER) -> AsyncIterator[None]:
        """Count the call in the block, which gets ``CALL_TIMEOUT``, and record its result.

        Raises:
            CallError: the call failed; the text is one line.
        """
        self.calls.count(kind)
        try:
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                yield
        except (RPCError, TimeoutError) as error:
            raise self._failure(error) from error
        self.error = None
        self.answered_at = time.monotonic()

    def _failure(self, error: RPCError | TimeoutError) -> CallError:
        if isinstance(error, TimeoutError):
            self.error = "the server does not answer in time"
            return DisconnectedError(self.error)
        if error.status in UNREACHABLE:
            self.error = f"the server cannot be reached: {error.message}"
            return DisconnectedError(self.error)
        self.error = None
        if error.status is BUSY:
            self.calls.count(CallKind.BUSY)
            return NoAnswerError("the server is busy; the console reads again by itself")
        return RefusedError(error.message, error.status.name)
