"""How each worker does, as one place knows it."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from workers.system import OpenSystem
from workflows.runtime.health import SupervisorReport, WorkerHealth

State = Literal["starting", "polling", "restarting", "draining", "stopped"]


class HealthBoard:
    """Holds the health of all workers; ``changed`` is set whenever one enters another state."""

    def __init__(self, systems: Sequence[OpenSystem]) -> None:
        now = datetime.now(UTC)
        self._systems = systems
        self._workers = {
            each.system.task_queue: WorkerHealth(
                name=each.system.name, task_queue=each.system.task_queue, state="starting", since=now
            )
            for each in systems
        }
        self.changed = asyncio.Event()
        self._warnings: dict[str, str] = {}

    @property
    def warning(self) -> str:
        """What people should know of these workers; empty when there is nothing."""
        return "; ".join(filter(None, self._warnings.values()))

    def warn(self, subject: str, warning: str) -> bool:
        """Write down a warning about a subject, empty when there is none any more; return whether it begins now."""
        known = self._warnings.get(subject, "")
        if warning != known:
            self._warnings[subject] = warning
            self.changed.set()
        return bool(warning and not known)

    def enter(self, task_queue: str, state: State, error: str | None = None) -> None:
        """Write down that a worker entered a state; entering ``restarting`` counts a restart."""
        health = self._workers[task_queue]
        health.state = state
        health.since = datetime.now(UTC)
        health.error = error
        health.restarts += state == "restarting"
        self.changed.set()

    def began(self, task_queue: str) -> None:
        """Count an activity that started."""
        self._workers[task_queue].running += 1

    def ended(self, task_queue: str) -> None:
        """Count an activity that ended, in whatever way."""
        self._workers[task_queue].running -= 1
        self._workers[task_queue].done += 1

    @property
    def all_polling(self) -> bool:
        """Whether every worker takes work."""
        return all(health.state == "polling" for health in self._workers.values())

    @property
    def workers(self) -> list[WorkerHealth]:
        """The health of every worker, as it is now."""
        return [health.model_copy() for health in self._workers.values()]

    def report(self, *, address: str, store: str, registered: bool) -> SupervisorReport:
        """Return what the supervisor says of itself now."""
        return SupervisorReport(
            pid=os.getpid(),
            at=datetime.now(UTC),
            address=address,
            workers=self.workers,
            services={name: health for each in self._systems for name, health in each.health().items()},
            store=store,
            search_attributes=registered,
            warning=self.warning,
        )
