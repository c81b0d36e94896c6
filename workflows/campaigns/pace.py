"""How many users a batch holds, which batch goes first, and how fast its messages may go."""

import asyncio
import hashlib
from datetime import datetime, timedelta

from temporalio.common import Priority

from workflows.campaigns.models import CampaignRequest
from workflows.runtime.server_clock import SERVER_CLOCK

BATCH = 100
"""Maximum users of a batch. A warm actor answers in milliseconds."""

BATCH_SECONDS = 0.8
"""How long a batch begins to send: pause and cancel take effect after it. Who is left then is in a later batch."""

LANES = 2
"""Batches of a campaign under way: while one waits for its last answers, the other goes on."""

HEAD_START = timedelta(seconds=1)
"""How long before its first message a batch may be given to a worker, which waits for the exact time."""

HELD_A_SECOND = 50.0
"""How many messages of a campaign without a rate leave a second that have waited for the same time."""

PRIORITY_LEVELS = ((10, 1), (6, 2), (5, 3), (1, 4), (0, 5))
"""Lowest campaign priority of each of Temporal's five levels; level 1 goes first. The defaults, 5 and 3, match."""


MAX_FAIRNESS_KEY = 64
"""Bytes. The server fails the task of a workflow that gives a longer one."""


def batch_size(max_sends_per_second: float | None) -> int:
    """Return how many users the next batch takes."""
    if max_sends_per_second is None:
        return BATCH
    return max(1, min(BATCH, int(max_sends_per_second * BATCH_SECONDS)))


def lanes(max_sends_per_second: float | None, failed_batches: int) -> int:
    """Return how many batches may be under way: one alone if it keeps a rate, or tries whether anything goes again."""
    return LANES if max_sends_per_second is None and not failed_batches else 1


def interval_of(max_sends_per_second: float | None) -> timedelta:
    """Return the time between two messages."""
    return timedelta(seconds=1 / max_sends_per_second) if max_sends_per_second else timedelta()


def head_start(priority: int) -> int:
    """Return for how many seconds those who waited until the same time let campaigns of a higher priority go first.

    One for each level: in it the others leave, also where workers are idle and no batch waits for another.
    """
    return _level(priority) - 1


def _level(priority: int) -> int:
    return next(level for lowest, level in PRIORITY_LEVELS if priority >= lowest)


def after_lost_batch(max_sends_per_second: float | None, users: int, now: datetime) -> datetime | None:
    """Return when the next message may go after a batch with an unknown outcome: as if all of it was sent."""
    return now + timedelta(seconds=users / max_sends_per_second) if max_sends_per_second else None


def task_priority(request: CampaignRequest) -> Priority:
    """Return the priority of a campaign's batches in the task queue; a higher campaign priority goes first.

    Campaigns of one level share the workers in proportion to their priorities, where the server supports fairness.
    """
    level = _level(request.priority)
    key = request.campaign_id
    if len(key.encode()) > MAX_FAIRNESS_KEY:
        key = hashlib.sha256(key.encode()).hexdigest()
    return Priority(priority_key=level, fairness_key=key, fairness_weight=float(1 + request.priority))


class RateLimiter:
    """Spaces the messages of a batch so that the rate is never exceeded, and lost time is not made up by a burst.

    The first message goes at ``not_before``, where the batch before left off: the rate holds across batches.
    """

    def __init__(self, max_sends_per_second: float | None, not_before: datetime | None) -> None:
        self._interval = interval_of(max_sends_per_second)
        self._lock = asyncio.Lock()
        self.not_before = not_before
        """When the next message may go; None without a rate, or before the first message."""
        if self._interval and not_before:  # wait no longer than was agreed
            self.not_before = min(not_before, SERVER_CLOCK.now() + HEAD_START + self._interval)

    async def acquire(self) -> None:
        """Wait until a message may go, and take that place."""
        if not self._interval:
            return
        async with self._lock:
            if self.not_before is not None:
                await asyncio.sleep((self.not_before - SERVER_CLOCK.now()).total_seconds())
            self.not_before = SERVER_CLOCK.now() + self._interval
