"""Runs one system's worker, and starts it again when it fails."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from workers.supervisor.health import HealthBoard
from workers.supervisor.polling import PollingWatch
from workers.system import AnySystem
from workflows.runtime.backoff import Backoff

log = logging.getLogger(__name__)

DRAIN_GRACE = timedelta(seconds=3)
"""A worker whose server has gone may not come back from its shutdown: after the drain and this it is left."""


class WorkerEndedError(Exception):
    """A worker ended that nobody had told to."""


class WorkerRunner:
    """Keeps one worker running until it is told to stop."""

    def __init__(
        self, system: AnySystem, client: Client, build: Callable[[], Worker], board: HealthBoard, drain: timedelta
    ) -> None:
        self._system = system
        self._client = client
        self._build = build
        self._board = board
        self._drain_seconds = (drain + DRAIN_GRACE).total_seconds()

    async def run(self, stop: asyncio.Event) -> None:
        """Run the worker until ``stop`` is set, then drain it. A failure is only this worker's."""
        backoff = Backoff()
        while not stop.is_set():
            began = time.monotonic()
            try:
                await self._run_once(stop)
            except Exception as error:  # whatever ends a worker, it is started again and the others go on
                pause = backoff.pause(time.monotonic() - began)
                log.exception("%s: the worker failed, starts again in %.1f s", self._system.name, pause)
                self._board.enter(self._system.task_queue, "restarting", _one_line(error))
                await _set_within(stop, pause)
        self._board.enter(self._system.task_queue, "stopped")

    async def _run_once(self, stop: asyncio.Event) -> None:
        watch = PollingWatch(self._client, self._system.task_queue)
        await watch.remember()
        worker = self._build()
        running = asyncio.create_task(worker.run())
        polling = asyncio.create_task(self._say_when_polling(watch))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
                raise WorkerEndedError("the worker ended by itself")
            polling.cancel()
            await self._drain(worker, running)
        finally:
            for task in (running, polling, stopping):
                task.cancel()

    async def _say_when_polling(self, watch: PollingWatch) -> None:
        await watch.wait()
        log.info("%s: polling %s", self._system.name, self._system.task_queue)
        self._board.enter(self._system.task_queue, "polling")

    async def _drain(self, worker: Worker, running: asyncio.Task[None]) -> None:
        log.info("%s: draining", self._system.name)
        self._board.enter(self._system.task_queue, "draining")
        try:
            async with asyncio.timeout(self._drain_seconds):
                await worker.shutdown()
                await running
        except TimeoutError:
            log.warning("%s: not everything could be drained; Temporal gives it to another worker", self._system.name)
        except Exception:
            log.exception("%s: failed while draining", self._system.name)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
