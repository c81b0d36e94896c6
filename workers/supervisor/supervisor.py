"""Runs all workers side by side, until told to stop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from temporalio.client import Client

from workers.store.engine import Store
from workers.supervisor.counting import with_counting
from workers.supervisor.health import HealthBoard
from workers.supervisor.runner import WorkerRunner
from workers.system import OpenSystem
from workflows.runtime.backoff import Backoff
from workflows.runtime.health import SupervisorReport

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Supervisor:
    """All workers of one process, in one asyncio loop over one client."""

    def __init__(
        self, client: Client, store: Store, systems: Sequence[OpenSystem], *, drain: timedelta, registered: bool
    ) -> None:
        self.board = HealthBoard(systems)
        self._client = with_counting(client, self.board)
        self._store = store
        self._systems = systems
        self._drain = drain
        self._registered = registered

    def report(self) -> SupervisorReport:
        """Return how all workers do now."""
        address = self._client.service_client.config.target_host
        return self.board.report(address=address, store=self._store.masked_url, registered=self._registered)

    async def run(self, stop: asyncio.Event, *, demo: bool = False) -> None:
        """Run until ``stop`` is set and everything under way has drained. In a ``demo`` the systems are played."""
        async with asyncio.TaskGroup() as group:
            extra = [group.create_task(self._log_when_ready())]
            works = {
                f"{each.system.name}: what serves the outside": partial(each.system.serve, each.ports, self._client)
                for each in self._systems
                if each.system.serve
            }
            if demo:
                works |= {
                    f"{each.system.name}: the demo": partial(each.system.play, self._client, self._store)
                    for each in self._systems
                    if each.system.play
                }
            extra += [group.create_task(_keep_up(name, work, stop)) for name, work in works.items()]
            runners = [group.create_task(self._runner(each).run(stop)) for each in self._systems]
            await stop.wait()
            for task in extra:
                task.cancel()
            await asyncio.wait(runners)

    def _runner(self, each: OpenSystem) -> WorkerRunner:
        build = partial(each.build, self._client, registered=self._registered, drain=self._drain)
        return WorkerRunner(each.system, self._client, build, self.board, self._drain)

    async def _log_when_ready(self) -> None:
        while not self.board.all_polling:
            self.board.changed.clear()
            await self.board.changed.wait()
        log.info("ready: all %d workers are polling", len(self._systems))


async def _keep_up(name: str, work: Work, stop: asyncio.Event) -> None:
    """Do the work; after a failure, log it and start again.

    A task group in ``work`` swallows a cancellation if one of its tasks fails at the same time, hence ``stop``.
    """
    backoff = Backoff()
    while not stop.is_set():
        began = time.monotonic()
        try:
            await work()
        except Exception:
            pause = backoff.pause(time.monotonic() - began)
            log.exception("%s failed, starts again in %.1f s", name, pause)
            await asyncio.sleep(pause)
        else:
            return
