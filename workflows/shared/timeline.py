"""Business timeline of a process, for people."""

from workflows.shared.fields import Answer, UtcDatetime


class TimelineEntry(Answer):
    """One event."""

    at: UtcDatetime
    text: str
