"""How full a run is: its history, updates, signals and activities against the limits of a server."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.gateway.events.description import MAX_EVENTS, RunDescription
from console.gateway.events.event import Subject
from console.history.groups import History

KB, MB = 1_000, 1_000_000
MAX_SIZE = 50 * MB
SUGGESTED_EVENTS, SUGGESTED_SIZE = 4_096, 4 * MB
"""From here on Temporal suggests that a workflow continues as new."""

MAX_UPDATES, SUGGESTED_UPDATES, MAX_UPDATES_AT_ONCE = 2_000, 1_800, 10
MAX_SIGNALS = 10_000
MAX_ACTIVITIES = 2_000
"""Under way at once. All of these are a server's defaults; it does not state its own."""

NEAR = 0.8
"""Of a limit, from where on it is worth a warning."""


@dataclass(frozen=True)
class Gauge:
    """One measure of a run; ``suggested`` is from where on it should continue as new, 0 if that is not of it."""

    name: str
    used: int
    limit: int
    suggested: int = 0
    is_size: bool = False
    beyond: str = ""
    """What happens at the limit."""

    @property
    def near(self) -> bool:
        """Whether the limit is near."""
        return self.used >= NEAR * self.limit

    @property
    def should_continue(self) -> bool:
        """Whether Temporal suggests that the workflow continues as new."""
        return 0 < self.suggested <= self.used

    @property
    def suggested_words(self) -> str:
        """From where on it should continue as new."""
        return size_words(self.suggested) if self.is_size else f"{self.suggested:,}"

    @property
    def words(self) -> str:
        """How much of how much."""
        if self.is_size:
            return f"{size_words(self.used)} of {size_words(self.limit)}"
        return f"{self.used:,} of {self.limit:,}"


def gauges(history: History, description: RunDescription) -> Sequence[Gauge]:
    """Return all measures of a run, as far as its events have been read."""
    updates = [group for group in history.groups if group.subject is Subject.UPDATE]
    signals = sum(group.subject is Subject.SIGNAL for group in history.groups)
    ends = "the server ends the run"
    return (
        Gauge("events", max(description.events, len(history.events)), MAX_EVENTS, SUGGESTED_EVENTS, beyond=ends),
        Gauge("history", description.size, MAX_SIZE, SUGGESTED_SIZE, is_size=True, beyond=ends),
        Gauge("updates", len(updates), MAX_UPDATES, SUGGESTED_UPDATES, beyond="the server refuses every further one"),
        Gauge(
            "updates in flight",
            sum(group.open for group in updates) if description.running else 0,
            MAX_UPDATES_AT_ONCE,
            beyond="the next one is refused, after some tries",
        ),
        Gauge("signals", signals, MAX_SIGNALS, beyond="the server refuses every further one"),
        Gauge("activities", len(description.pending), MAX_ACTIVITIES, beyond="the next one fails the workflow's task"),
    )


def size_words(size: int) -> str:
    """Return a size, such as ``14 kB``."""
    return f"{size / MB:.1f} MB" if size >= MB else f"{size / KB:.0f} kB"
