"""Runs all workers side by side, until told to stop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from temporalio.client import Client

from workers.services import Services
from workers.settings.base import WorkerSettings
from workers.supervisor.counting import with_counting
from workers.supervisor.health import HealthBoard
from workers.supervisor.runner import WorkerRunner
from workers.system import System
from workflows.runtime.backoff import Backoff
from workflows.runtime.health import SupervisorReport

log = logging.getLogger(__name__)

Demo = Callable[[], Awaitable[None]]


class Supervisor:
    """All workers of one process, in one asyncio loop over one client."""

    def __init__(
        self,
        client: Client,
        services: Services,
        settings: WorkerSettings,
        systems: tuple[System, ...],
        *,
        registered: bool,
    ) -> None:
        self.board = HealthBoard(systems)
        self._client = with_counting(client, self.board)
        self._services = services
        self._drain = timedelta(seconds=settings.drain_seconds)
        self._systems = systems
        self._registered = registered

    def report(self) -> SupervisorReport:
        """Return how all workers do now."""
        return self.board.report(
            self._services, self._client.service_client.config.target_host, registered=self._registered
        )

    async def run(self, stop: asyncio.Event, demo: Demo | None = None) -> None:
        """Run until ``stop`` is set and everything under way has drained."""
        async with asyncio.TaskGroup() as group:
            extra = [group.create_task(self._say_when_ready())]
            if demo is not None:
                extra.append(group.create_task(_keep_demo(demo)))
            runners = [group.create_task(self._runner(system).run(stop)) for system in self._systems]
            await stop.wait()
            for task in extra:
                task.cancel()
            await asyncio.wait(runners)

    def _runner(self, system: System) -> WorkerRunner:
        build = partial(system.build, self._client, self._services, registered=self._registered, drain=self._drain)
        return WorkerRunner(system, self._client, build, self.board, self._drain)

    async def _say_when_ready(self) -> None:
        while not self.board.all_polling:
            self.board.changed.clear()
            await self.board.changed.wait()
        log.info("ready: all %d workers are polling", len(self._systems))


async def _keep_demo(demo: Demo) -> None:
    """Run the demo; where it fails, say so and start it again."""
    backoff = Backoff()
    while True:
        began = time.monotonic()
        try:
            await demo()
        except Exception:
            pause = backoff.pause(time.monotonic() - began)
            log.exception("the demo failed, starts again in %.1f s", pause)
            await asyncio.sleep(pause)
        else:
            return
