"""The Temporal server's time in a worker: timers and histories follow it, and a machine's own clock may be wrong."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio import workflow

SAMPLES = 16
JUMP = timedelta(seconds=5)
"""A difference that no delay explains: a clock was set."""


class ServerClock:
    """Knows by how much the server's clock is ahead, from times that the server has just told."""

    def __init__(self, own_time: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._own_time = own_time
        self._samples: deque[timedelta] = deque(maxlen=SAMPLES)

    @property
    def ahead(self) -> timedelta:
        """How much the server's clock is ahead of this machine's. The sample that was least delayed tells it best."""
        return max(self._samples, default=timedelta())

    def learn(self, server_time: datetime) -> None:
        """Take a time that the server has told a moment ago."""
        sample = server_time - self._own_time()
        if self._samples and abs(sample - self.ahead) > JUMP:
            self._samples.clear()
        self._samples.append(sample)

    def now(self) -> datetime:
        """Return the server's time."""
        return self._own_time() + self.ahead


SERVER_CLOCK = ServerClock()
"""Of this process; it learns from the start of each activity."""


def time_of_query() -> datetime:
    """Return the time of a query in a workflow.

    There ``workflow.now()`` is the time of the last workflow task, which may be days ago; a cap that was full then may
    be free now. A query is not replayed, so it may read a clock.
    """
    return max(workflow.now(), SERVER_CLOCK.now())
