"""The business timeline: what happened to a process, in words for people."""

from workflows.shared.fields import Answer, UtcDatetime


class TimelineEntry(Answer):
    """One thing that happened."""

    at: UtcDatetime
    text: str
