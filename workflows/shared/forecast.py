"""What happens by itself if nobody acts before: each system answers it in its view."""

from collections.abc import Iterable
from datetime import datetime

from workflows.shared.fields import Answer, UtcDatetime

IF_NOBODY_ACTS = "what happens if nobody acts, the earliest first"
"""Description of the field ``next`` of a view."""


class NextEvent(Answer):
    """Something that happens by itself, if nobody acts before."""

    at: UtcDatetime
    what: str


def upcoming(events: Iterable[tuple[datetime | None, str]]) -> list[NextEvent]:
    """Return those that have a time, the earliest first."""
    return sorted((NextEvent(at=at, what=what) for at, what in events if at is not None), key=lambda event: event.at)
