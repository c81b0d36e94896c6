"""Waiting in a workflow, and jobs beside its main line."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

T = TypeVar("T")
Job = Coroutine[Any, Any, T]


async def wait_until(condition: Callable[[], bool], within: timedelta | None = None, summary: str = "") -> bool:
    """Wait until ``condition`` holds and return True, or return False after ``within``.

    If both happen in one workflow task, the condition wins. A cancellation of the whole workflow does not end the
    wait, since :func:`run_to_end` handles it. (The SDK raises it in every wait, also in tasks that nobody cancelled.)
    """
    try:
        await workflow.wait_condition(condition, timeout=within, timeout_summary=summary or None)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
    return condition()


async def run_unless(stopped: Callable[[], bool], job: Job[T]) -> T | None:
    """Run a job to its end and return its result, or cancel it as soon as ``stopped`` and return None."""
    task = asyncio.create_task(job)
    try:
        await wait_until(lambda: task.done() or stopped())
    except asyncio.CancelledError:
        task.cancel()  # what nobody waits for must not go on
        raise
    if task.done():
        return task.result()
    task.cancel()
    with suppress(asyncio.CancelledError, ActivityError):
        await task
    return None


async def run_to_end(life: Job[T], cancelled: Callable[[], None]) -> T:
    """Run a workflow's main line to its end; a cancellation of the workflow only calls ``cancelled``."""
    task = asyncio.create_task(life)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.done():
                raise
            cancelled()


class Background:
    """Jobs beside the main line; the workflow ends when they have ended, or are cancelled."""

    def __init__(self) -> None:
        self._running: list[asyncio.Task[None]] = []

    def start(self, job: Job[None]) -> None:
        """Start a job."""
        self._running = [task for task in self._running if not _succeeded(task)]
        self._running.append(asyncio.create_task(job))

    @property
    def idle(self) -> bool:
        """Whether all jobs have ended."""
        return all(task.done() for task in self._running)

    async def finish(self) -> None:
        """Wait for all jobs, also for those that start meanwhile, and raise what made one fail."""
        await wait_until(lambda: self.idle)
        for task in self._running:
            if not task.cancelled():
                task.result()

    def cancel(self) -> None:
        """Cancel the jobs that still run."""
        for task in self._running:
            task.cancel()

    def drop(self) -> None:
        """Cancel them, whatever they end with."""
        self.cancel()
        for task in self._running:
            task.add_done_callback(_ignore_failure)
        self._running = []


def _ignore_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()


def _succeeded(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
