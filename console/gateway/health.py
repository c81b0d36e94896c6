"""Whether the server answers, and the age of its last answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError, RPCStatusCode

from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError, RefusedError

UNREACHABLE = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
BUSY = RPCStatusCode.RESOURCE_EXHAUSTED


class Health:
    """Watches calls to the server. ``error`` is one line on why the last call was not answered, None if it was."""

    def __init__(self) -> None:
        self.error: str | None = None
        self.answered_at: float | None = None

    @property
    def age(self) -> float | None:
        """Seconds since the server last answered, None before the first answer."""
        return None if self.answered_at is None else time.monotonic() - self.answered_at

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Record the result of the call in the block.

        Raises:
            CallError: the call failed; the text is one line.
        """
        try:
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
            return NoAnswerError("the server is busy; the console reads again by itself")
        return RefusedError(error.message, error.status.name)
