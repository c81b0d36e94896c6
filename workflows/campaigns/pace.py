"""How many users a batch holds, and how fast the messages of a batch may go."""

import asyncio
from datetime import UTC, datetime, timedelta

BATCH = 50
"""Most users of a batch. A warm actor answers in some milliseconds, so that it takes a second or so."""

BATCH_SECONDS = 2.0
"""How long a batch with a rate may take: pause and cancel are effective after it."""

HEAD_START = timedelta(seconds=1)
"""How long before its first message a batch may be handed to a worker, which waits the rest exactly."""


def batch_size(max_sends_per_second: float | None) -> int:
    """Return how many users the next batch takes."""
    if max_sends_per_second is None:
        return BATCH
    return max(1, min(BATCH, int(max_sends_per_second * BATCH_SECONDS)))


def after_lost_batch(max_sends_per_second: float | None, users: int, now: datetime) -> datetime | None:
    """Return when the next message may go after a batch of which nobody knows how many of its messages went."""
    return now + timedelta(seconds=users / max_sends_per_second) if max_sends_per_second else None


class Pacer:
    """Gives the messages of a batch their turns, never closer together than the rate allows.

    The first turn is at ``not_before``, which is when the batch before left off. So the rate holds from batch to batch,
    too, and time that was lost is not made up by a burst.
    """

    def __init__(self, max_sends_per_second: float | None, not_before: datetime | None) -> None:
        self._interval = timedelta(seconds=1 / max_sends_per_second) if max_sends_per_second else None
        self._one_at_a_time = asyncio.Lock()
        self.not_before = not_before
        """When the next message may go; None when there is no rate, or nothing went yet."""
        if self._interval and not_before:  # another machine's clock may be ahead: wait no longer than was agreed
            self.not_before = min(not_before, datetime.now(UTC) + HEAD_START + self._interval)

    async def turn(self) -> None:
        """Wait for the next turn, and take it."""
        if self._interval is None:
            return
        async with self._one_at_a_time:
            if self.not_before is not None:
                await asyncio.sleep((self.not_before - datetime.now(UTC)).total_seconds())
            self.not_before = datetime.now(UTC) + self._interval
