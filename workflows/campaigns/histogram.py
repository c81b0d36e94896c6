"""Sends of a campaign over its whole time, in a bounded number of buckets."""

from datetime import UTC, datetime

from pydantic import Field

from workflows.shared.fields import Answer

MAX_BUCKETS = 120
"""Beyond this many, two neighbours become one."""

FIRST_WIDTH = 10
"""Seconds of a bucket of a short campaign."""


class SendsOverTime(Answer):
    """Sends by time: bucket ``i`` begins ``i * width`` seconds after ``begin``, in seconds since 1970."""

    begin: int = 0
    width: int = Field(default=FIRST_WIDTH, description="seconds")
    counts: list[int] = Field(default_factory=list)

    @property
    def total(self) -> int:
        """All sends."""
        return sum(self.counts)

    def starts_at(self, bucket: int) -> datetime:
        """Return when a bucket begins."""
        return datetime.fromtimestamp(self.begin + bucket * self.width, UTC)

    def add(self, sends: int, now: datetime) -> None:
        """Count sends at ``now``; what comes before the first bucket is in the first."""
        second = int(now.timestamp())
        if not self.counts:
            self.begin = second - second % FIRST_WIDTH
        bucket = max(0, (second - self.begin) // self.width)
        while bucket >= MAX_BUCKETS:
            self.counts = [sum(self.counts[index : index + 2]) for index in range(0, len(self.counts), 2)]
            self.width *= 2
            bucket //= 2
        self.counts.extend([0] * (bucket + 1 - len(self.counts)))
        self.counts[bucket] += sends
