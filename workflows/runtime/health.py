"""What a supervisor tells the consoles, through the state file of its background process."""

from dataclasses import dataclass
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
    address: str = ""
    """The server that they work for."""
    workers: list[WorkerHealth]
    services: dict[str, Literal["on", "off", "failing"]]
    """The health of services that the workers use, such as Slack."""
    store: str
    """URL of the store without its password."""
    search_attributes: bool
    """Whether the namespace knows the search attributes."""
    warning: str = ""
    """What people should know of these workers; empty when there is nothing."""


class SupervisorState(Answer):
    """What the supervisor wrote last: how it does, or why it ended."""

    report: SupervisorReport | None = None
    failure: str = ""
    final: bool = False
    """Whether it would fail in the same way again."""


@dataclass(frozen=True)
class SupervisorOptions:
    """How a supervisor runs."""

    demo: bool = False
    """Fill in sample data, and play the people outside."""
    folder: str = ""
    name: str = ""
    """Folder and name of the background process that it is; empty when somebody runs it in the foreground."""
