"""Whether the server answers, and how old the last answer is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError, RPCStatusCode

from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError, RefusedError

UNREACHABLE = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
BUSY = RPCStatusCode.RESOURCE_EXHAUSTED


class Health:
    """Watches calls to the server. ``error`` is one line on why it does not answer, None while it does."""

    def __init__(self) -> None:
        self.error: str | None = None
        self.answered_at: float | None = None

    @property
    def connected(self) -> bool:
        """Whether the last call was answered."""
        return self.error is None

    @property
    def age(self) -> float | None:
        """Seconds since the server last answered, None before the first answer."""
        return None if self.answered_at is None else time.monotonic() - self.answered_at

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note how the call in the block goes.

        Raises:
            CallError: whatever went wrong with it, in one clear line.
        """
        try:
            yield
        except (RPCError, TimeoutError) as error:
            raise self._noted(error) from error
        self.error = None
        self.answered_at = time.monotonic()

    def _noted(self, error: RPCError | TimeoutError) -> CallError:
        if isinstance(error, TimeoutError):
            self.error = "the server does not answer in time"
            return DisconnectedError(self.error)
        if error.status in UNREACHABLE:
            self.error = f"the server cannot be reached: {error.message}"
            return DisconnectedError(self.error)
        self.error = None
        if error.status is BUSY:
            return NoAnswerError("the server is busy; the next reading comes by itself")
        return RefusedError(error.message, error.status.name)
