"""What an order does beside its main line."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from workflows.orders.steps.retrying import wait_until


class Background:
    """Jobs that run by themselves; the order ends when they have ended, or are given up."""

    def __init__(self) -> None:
        self._running: list[asyncio.Task[None]] = []

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Start a job."""
        self._running = [task for task in self._running if not _went_well(task)]
        self._running.append(asyncio.create_task(job))

    @property
    def idle(self) -> bool:
        """Whether all jobs have ended."""
        return all(task.done() for task in self._running)

    async def finish(self) -> None:
        """Wait for all jobs, also for those that start meanwhile. What broke a job is raised here."""
        await wait_until(lambda: self.idle)
        for task in self._running:
            if not task.cancelled():
                task.result()

    def give_up(self) -> None:
        """Cancel what still runs."""
        for task in self._running:
            task.cancel()


def _went_well(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
