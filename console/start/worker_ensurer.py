"""Sees to it that workers poll: ours where nobody else's do."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from console.start.options import LaunchOptions
from console.start.state import Server
from console.start.supervisor_process import SupervisorProcess
from workflows.runtime.health import SupervisorReport

if TYPE_CHECKING:
    from temporalio.client import Client

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often we look whether the workers of others still poll."""
PATIENT_LOOKS = 3
"""How often nobody may poll at another console's server: that console starts workers, which takes some seconds."""

STARTING = "workers are starting"


class WorkerEnsurer:
    """Starts a supervisor where it is needed. ``say`` takes fields of the session's state."""

    def __init__(self, options: LaunchOptions, say: Callable[..., None]) -> None:
        self._options = options
        self._say = say
        self._supervisor = SupervisorProcess(
            options, on_report=self._reported, on_end=self._ended, on_given_up=self._given_up
        )
        self._client: Client | None = None
        self._environment: Mapping[str, str] = {}
        self._lock = asyncio.Lock()
        self._looks_left = 0
        self._needed = False
        self._head_start = options.head_start_seconds

    async def use(self, client: "Client", environment: Mapping[str, str], server: Server) -> None:
        """Work with this server from now on. One of our own needs workers of our own."""
        async with self._lock:
            if self._supervisor.running and environment != self._environment:
                await self._supervisor.stop()  # it would look for the server where that was
            self._client, self._environment = client, environment
            self._looks_left = PATIENT_LOOKS if server.embedded and not server.owned else 0
            self._needed = server.owned or self._options.demo
            if self._needed and self._options.workers and self._head_start:
                self._say(workers=STARTING)  # by `watch`, a moment later
            else:
                await self._see_to_it(needed=self._needed)

    async def watch(self) -> None:
        """Start workers of our own when the screen has had its head start, and keep looking, until cancelled."""
        if self._head_start:
            await asyncio.sleep(self._head_start)
            async with self._lock:
                self._head_start = 0.0
                await self._see_to_it(needed=self._needed)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with self._lock:
                await self._see_to_it(needed=self._options.demo)

    async def stop(self) -> None:
        """Stop our supervisor, if there is one."""
        await self._supervisor.stop()

    async def _see_to_it(self, *, needed: bool) -> None:
        from temporalio.service import RPCError

        from console.start.pollers import look_for_pollers

        if self._supervisor.running or self._client is None:
            return
        if not (needed and self._options.workers):
            try:
                pollers = await look_for_pollers(self._client, self._options.task_queues())
            except RPCError:
                return  # the screen says that the server does not answer
            self._say(workers=pollers.line())
            self._looks_left -= not pollers.everywhere
            if pollers.everywhere or self._looks_left > 0 or not self._options.workers:
                return
        await self._start()

    async def _start(self) -> None:
        self._say(workers=STARTING, report=None)
        try:
            await self._supervisor.start(self._environment)
        except OSError as error:
            self._ended(f"cannot be started: {error}")

    def _reported(self, report: SupervisorReport) -> None:
        self._say(report=report, workers="")

    def _ended(self, reason: str) -> None:
        self._say(report=None, workers=f"workers stopped, starting again: {reason}")

    def _given_up(self, reason: str) -> None:
        self._say(report=None, workers=f"workers cannot run: {reason}")
