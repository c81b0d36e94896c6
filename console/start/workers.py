"""Ensures that workers poll: starts a supervisor where nobody else's do."""

import asyncio
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from console.start.demo import boxed
from console.start.options import LaunchOptions
from console.start.settings_check import store_is_given
from console.start.shared_process import SharedProcess
from console.start.state import Server
from workflows.runtime.background import POLL_INTERVAL, Background
from workflows.runtime.health import SupervisorOptions, SupervisorState

if TYPE_CHECKING:
    from temporalio.client import Client

PREFIX = "TEMPORAL_"
CHECK_INTERVAL = 5.0
"""How often, in seconds, to ask the server whether the workers of others still poll."""
STARTING = "workers are starting"
CANNOT_RUN = "workers cannot run, f5 tries again"
RESTARTING = "workers stopped, starting again"


class WorkerEnsurer:
    """Keeps a supervisor running where it is needed. ``say`` takes fields of the session's state.

    All consoles of a folder share one supervisor for each server and namespace. The demo has a folder of its own.
    """

    def __init__(self, options: LaunchOptions, run_dir: Path, say: Callable[..., None]) -> None:
        self._options = options
        self._run_dir = run_dir
        self._say = say
        self._opened_at = time.monotonic()
        self._checked_at = 0.0
        self._retry = False
        self._process: SharedProcess | None = None
        self._client: Client
        self._server: Server
        self._server_users: Sequence[int] = ()
        self._store: Mapping[str, str] = {}
        if options.ephemeral and (options.demo or not store_is_given()):
            self._store = {"TCONSOLE_STORE_URL": f"sqlite:///{run_dir.as_posix()}/store.sqlite"}

    def use(self, client: "Client", server: Server, users: Sequence[int] = ()) -> None:
        """Work with this server from now on. ``users`` keep it running if it is embedded."""
        self._client, self._server, self._server_users = client, server, users
        if self._process is None:
            target = f"{'embedded' if server.embedded else server.address} {server.namespace}"
            name = f"workers-{hashlib.sha256(target.encode()).hexdigest()[:8]}"
            self._process = SharedProcess(Background(self._run_dir, name), self._options.logs / "supervisor.log")
        if self._options.workers and (server.embedded or self._options.demo):
            self._say(workers=STARTING)

    async def watch(self) -> None:
        """Ensure that workers poll, until cancelled."""
        while True:
            if self._process is not None:
                await self._tend(self._process)
            await asyncio.sleep(POLL_INTERVAL)

    def retry(self) -> None:
        """Start a supervisor once more that said that it cannot run."""
        self._retry = True

    def leave(self) -> None:
        """Need the supervisor no longer."""
        if self._process is not None:
            self._process.leave()

    async def _tend(self, process: SharedProcess) -> None:
        if time.monotonic() < self._opened_at + self._options.head_start_seconds:
            return
        state = _read(process.background)
        if process.starts and state.final:
            self._say(report=None, workers=CANNOT_RUN, workers_failure=state.failure)
            if not self._retry:
                return
        else:
            self._say(workers_failure="")
        if not await self._is_needed(process):
            return
        try:
            options = SupervisorOptions(self._options.demo, str(self._run_dir), process.background.name)
            running = process.ensure(["run", json.dumps(asdict(options))], self._environment(), self._server_users)
        except OSError as error:
            running, state = False, SupervisorState(failure=f"it cannot be started: {error}")
        self._retry = self._retry and not running
        report = _read(process.background).report if running else None
        if report is None:
            reason = f": {state.failure}" if state.failure else ""
            self._say(report=None, workers=f"{RESTARTING}{reason}" if process.starts > 1 or not running else STARTING)
            return
        self._say(report=report, workers="")
        if self._server.embedded and report.address not in {"", self._server.address}:
            with suppress(ProcessLookupError):  # the server has moved: start another supervisor there
                os.kill(report.pid, signal.SIGTERM)

    async def _is_needed(self, process: SharedProcess) -> bool:
        """Return whether our supervisor runs or shall run; say so if it is not."""
        if self._options.workers and (self._server.embedded or self._options.demo or process.users):
            return True
        if time.monotonic() < self._checked_at + CHECK_INTERVAL:
            return False
        from temporalio.service import RPCError

        from workflows.runtime.pollers import live_pollers

        self._checked_at = time.monotonic()
        try:
            live = {queue: bool(await live_pollers(self._client, queue)) for queue in self._options.task_queues()}
        except RPCError:
            return False  # the screen says that the server does not answer
        if self._options.workers and (process.background.is_running() or not all(live.values())):
            return True
        self._say(workers=who_polls(live))
        return False

    def _environment(self) -> Mapping[str, str]:
        """Return the supervisor's environment; keys for a server that was given are passed on in it."""
        target = {
            "TCONSOLE_DATA_DIR": str(self._options.data_dir),
            "TEMPORAL_ADDRESS": self._server.address,
            "MALLOC_ARENA_MAX": "2",  # fewer arenas: less idle memory
        }
        if not self._server.embedded:
            return {**os.environ, **target}
        # An embedded server has neither key nor certificate, whatever variables and profiles say of others.
        rest = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return {
            **(boxed(rest) if self._options.demo else rest),
            **target,
            "TEMPORAL_NAMESPACE": self._server.namespace,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            **self._store,
        }


def _read(background: Background) -> SupervisorState:
    try:
        return SupervisorState.model_validate(background.read())
    except ValidationError:
        return SupervisorState()


def who_polls(live: Mapping[str, bool]) -> str:
    """Return in words whether others poll the task queues."""
    missing = [queue for queue, polled in live.items() if not polled]
    if not missing:
        return "workers run elsewhere"
    return "no workers" if len(missing) == len(live) else f"no worker for {', '.join(missing)}"
