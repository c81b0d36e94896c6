"""What a supervisor says of itself, one JSON line at a time: the protocol between the two processes."""

from typing import Literal

from workflows.shared.fields import Answer, UtcDatetime


class WorkerHealth(Answer):
    """How one worker does."""

    name: str
    task_queue: str
    state: Literal["starting", "polling", "restarting", "draining", "stopped"]
    since: UtcDatetime
    restarts: int = 0
    error: str | None = None
    running: int = 0
    """Activities under way."""
    done: int = 0
    """Activities finished since the supervisor started."""


class SupervisorReport(Answer):
    """All workers of one supervisor."""

    pid: int
    at: UtcDatetime
    workers: list[WorkerHealth]
    slack: Literal["on", "off", "failing"]
    store: str
    """URL of the store without its password."""
    search_attributes: bool
    """Whether the namespace knows the search attributes."""
    warning: str = ""
    """What people should know of these workers; empty when there is nothing."""
