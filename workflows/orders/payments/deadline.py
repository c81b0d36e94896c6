"""Until when an order must be paid, and how far that may be moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.orders.models import LONGEST_WINDOW_SECONDS


@dataclass(frozen=True)
class Deadline:
    """One end of the payment window. An extension sets the next one, with a number of its own."""

    number: int
    set_at: datetime
    at: datetime

    @classmethod
    def first(cls, now: datetime, length: timedelta) -> "Deadline":
        """Return the deadline of a window that opens now."""
        return cls(number=1, set_at=now, at=now + length)

    def later(self, now: datetime, by: timedelta) -> "Deadline":
        """Return the deadline that an extension sets."""
        return Deadline(number=self.number + 1, set_at=now, at=self.at + by)

    def remind_at(self, before: timedelta) -> datetime:
        """Return when to remind of it: ``before`` its end, or half-way where that is less than half of the time."""
        return max(self.at - before, self.set_at + (self.at - self.set_at) / 2)

    def longest_extension(self, now: datetime) -> timedelta:
        """Return by how much it may still be moved."""
        return now + timedelta(seconds=LONGEST_WINDOW_SECONDS) - self.at
