"""The session: the server, the client and the workers behind one console, for as long as it is open."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.start.options import LaunchOptions
from console.start.server import ServerProcess
from console.start.server_choice import Embedded, Given, find_server
from console.start.settings_check import check_worker_settings
from console.start.state import LaunchError, Server, SessionState, newsworthy
from console.start.workers import WorkerEnsurer
from workflows.runtime.background import POLL_INTERVAL
from workflows.runtime.embedded import RUN, ui_request

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.envconfig import ClientConfigProfile

    from workflows.runtime.embedded import EmbeddedServer

log = logging.getLogger(__name__)

FOUND = "a server that was already running, and that no data folder here started"
GIVEN = "the server that was named"
IN_MEMORY = "embedded server in memory"

ANSWER_SECONDS = 60.0
"""How long a server that says that it is ready may take to answer, or another one to replace it, at the start."""


class Session:
    """Server, client and workers of one console. ``on_change`` is called when ``state`` says something new.

    temporalio is imported after the server's process has been started: the two take as long as each other.
    """

    def __init__(self, options: LaunchOptions) -> None:
        self.on_change: Callable[[SessionState], None] | None = None
        self._options = options
        self._run_dir = Path(tempfile.mkdtemp(prefix="tconsole-")) if options.ephemeral else options.data_dir / RUN
        self._embedded: ServerProcess | None = None
        self._workers = WorkerEnsurer(options, self._run_dir, self._set)
        self._tasks: list[asyncio.Task[None]] = []
        self._state = SessionState(Server("", "", None, embedded=False), demo=options.demo)
        self._client: Client
        self._profile: ClientConfigProfile | None = None
        self._away: tuple[Client, SessionState, ClientConfigProfile] | None = None
        """What is shown instead of the session's own server, which goes on meanwhile."""

    @classmethod
    async def open(cls, options: LaunchOptions, meanwhile: Callable[[], None] = lambda: None) -> "Session":
        """Find or start the server, and start the workers where none poll.

        ``meanwhile`` is called while the server starts.

        Raises:
            LaunchError: there is no server to work with.
        """
        session = cls(options)
        try:
            await session._open(meanwhile)
        except BaseException:
            await session.close()
            if options.ephemeral:
                shutil.rmtree(session._run_dir, ignore_errors=True)
            raise
        return session

    @property
    def state(self) -> SessionState:
        """How things stand now."""
        return self._state if self._away is None else self._away[1]

    @property
    def is_away(self) -> bool:
        """Whether another server or namespace is shown than at the start."""
        return self._away is not None

    @property
    def client(self) -> "Client":
        """The client to use now; it is another one when the server has moved."""
        return self._client if self._away is None else self._away[0]

    async def switch(self, profile: str = "", namespace: str = "") -> None:
        """Show what a profile of the TOML file leads to, or another namespace of the same server.

        Workers are not started there. Where it cannot be worked with, all stays as it is.

        Raises:
            LaunchError: it cannot; the text says why.
        """
        from console.start.switching import connect_to

        current = self._away[2] if self._away is not None else self._profile
        self._away = await connect_to(profile, namespace, current, self.state, self._options.task_queues())

    def go_home(self) -> None:
        """Show the server of the start again."""
        self._away = None

    def retry_workers(self) -> None:
        """Start workers that could not run once more."""
        self._workers.retry()

    async def close(self) -> None:
        """Leave: server and workers end by themselves if no other console needs them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._workers.leave()
        if self._embedded is not None:
            self._embedded.leave()

    async def _open(self, meanwhile: Callable[[], None]) -> None:
        target = await find_server(self._options)
        if isinstance(target, Embedded):
            self._embedded = ServerProcess(self._options, self._run_dir, target.namespace)
            self._embedded.ensure()
        checking = asyncio.create_task(check_worker_settings())
        self._tasks.append(checking)
        await asyncio.sleep(0)  # lets it start its process
        meanwhile()
        await checking
        if not isinstance(target, Embedded):
            await self._use_given(target)
        elif self._embedded is not None:
            await self._use_first(self._embedded, target.namespace)
            self._tasks.append(asyncio.create_task(self._follow(self._embedded, target.namespace)))
        self._tasks.append(asyncio.create_task(self._workers.watch()))

    async def _use_given(self, target: Given) -> None:
        from console.start import connecting
        from console.start.web_ui import find_web_ui

        self._client = await connecting.connect_given(target.profile)
        self._profile = target.profile
        address = self._client.service_client.config.target_host
        ui_url = self._options.ui_url or find_web_ui(address)
        whose = FOUND if target.found else GIVEN
        self._set(
            server=Server(address, self._client.namespace, ui_url, embedded=False, whose=whose),
            search_attributes=await connecting.find_search_attributes(self._client),
        )
        self._workers.use(self._client, self._state.server)

    async def _use_first(self, process: ServerProcess, namespace: str) -> None:
        """Use the embedded server; one that is just ending does not answer, and another one follows it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ANSWER_SECONDS
        while True:
            server = await process.until_ready()
            try:
                await self._use_embedded(process, server, namespace)
            except LaunchError:
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(POLL_INTERVAL)
            else:
                return

    async def _use_embedded(self, process: ServerProcess, server: "EmbeddedServer", namespace: str) -> None:
        from console.start import connecting

        if server.address != self._state.server.address:
            self._client = await connecting.connect_embedded(server, namespace)
        whose = IN_MEMORY if self._options.ephemeral else f"embedded server of {self._options.data_dir}"
        self._set(
            server=Server(
                server.address,
                namespace,
                server.ui_url or None,
                embedded=True,
                whose=whose,
                ui_request=ui_request(self._run_dir),
            ),
            search_attributes=await connecting.find_search_attributes(self._client),
            server_notice="",
        )
        self._workers.use(self._client, self._state.server, process.users)

    async def _follow(self, process: ServerProcess, namespace: str) -> None:
        while True:
            await asyncio.sleep(POLL_INTERVAL)
            try:
                server = process.ensure()
                if server is None or server.state != "ready":
                    reason = f": {server.text}" if server and server.text else ""
                    self._set(server_notice=f"the embedded server starts again{reason}")
                elif self._state.server_notice or server.address != self._state.server.address:
                    await self._use_embedded(process, server, namespace)
            except LaunchError as error:
                self._set(server_notice=str(error))

    def _set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of SessionState
        before, self._state = self._state, replace(self._state, **changes)
        if self.on_change is not None and not self.is_away and newsworthy(before, self._state):
            self.on_change(self._state)
