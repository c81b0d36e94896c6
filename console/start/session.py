"""The session: the server, the client and the workers behind one console, for as long as it is open."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.start.child_environment import embedded_environment, given_environment
from console.start.ephemeral_store import EphemeralStore, store_is_given
from console.start.keeper import ServerKeeper
from console.start.options import LaunchOptions
from console.start.server_choice import Embedded, find_server
from console.start.settings_check import check_worker_settings
from console.start.state import LaunchError, Server, SessionState, newsworthy
from console.start.worker_ensurer import WorkerEnsurer
from workflows.runtime.embedded import EmbeddedServer

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.envconfig import ClientConfigProfile

log = logging.getLogger(__name__)

TAKE_OVER_SECONDS = 60.0
"""How long a server may take to answer, or another one to come in its place, when the console opens."""
RETRY_SECONDS = 0.5


class Session:
    """Owns server, client and workers of one console. ``on_change`` is called when ``state`` says something new.

    temporalio is imported after the server's process has been started: the two take as long as each other.
    """

    def __init__(self, options: LaunchOptions) -> None:
        self.on_change: Callable[[SessionState], None] | None = None
        self._options = options
        self._keeper: ServerKeeper | None = None
        self._own_store: EphemeralStore | None = None
        self._upkeep = WorkerEnsurer(options, self._set)
        self._tasks: list[asyncio.Task[None]] = []
        self._state = SessionState(Server("", "", None, embedded=False, owned=False))
        self._client: Client

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
            raise
        return session

    @property
    def state(self) -> SessionState:
        """How things stand now."""
        return self._state

    @property
    def client(self) -> "Client":
        """The client to use now; it is another one when the server has moved."""
        return self._client

    async def close(self) -> None:
        """Stop what this console started: first the workers, so that they can finish, then the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._upkeep.stop()
        if self._keeper is not None:
            await self._keeper.stop()
        if self._own_store is not None:
            self._own_store.remove()

    async def _open(self, meanwhile: Callable[[], None]) -> None:
        target = await find_server(self._options)
        checking = asyncio.create_task(check_worker_settings() if self._options.workers else _nothing())
        self._tasks.append(checking)
        if self._options.ephemeral and not store_is_given():
            self._own_store = EphemeralStore()
        if isinstance(target, Embedded):
            self._keeper = ServerKeeper(self._options, target.namespace)
            await self._keeper.start()
            meanwhile()
            await checking  # as long as the server takes to start
            await self._use_first_embedded(self._keeper, target.namespace)
            self._tasks.append(asyncio.create_task(self._follow_keeper(self._keeper, target.namespace)))
        else:
            meanwhile()
            await checking
            await self._use_given(target.profile)
        self._tasks.append(asyncio.create_task(self._upkeep.watch()))

    async def _use_given(self, profile: "ClientConfigProfile") -> None:
        from console.start import connecting
        from console.start.web_ui import find_web_ui

        self._client = await connecting.connect_given(profile)
        address = self._client.service_client.config.target_host
        ui_url = self._options.ui_url or find_web_ui(address)
        self._set(
            server=Server(address, self._client.namespace, ui_url, embedded=False, owned=False),
            search_attributes=await connecting.find_search_attributes(self._client),
        )
        await self._upkeep.use(self._client, given_environment(address), self._state.server)

    async def _use_first_embedded(self, keeper: ServerKeeper, namespace: str) -> None:
        """Use the first server that answers: the one that was found may be leaving, and then the keeper takes over."""
        server, ours = await keeper.first_server()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TAKE_OVER_SECONDS
        while True:
            try:
                await self._use_embedded(server, namespace, ours=ours)
            except LaunchError:
                if loop.time() > deadline:
                    raise
                server, ours = await keeper.server_after(server, RETRY_SECONDS) or (server, ours)
            else:
                return

    async def _use_embedded(self, server: EmbeddedServer, namespace: str, *, ours: bool) -> None:
        from console.start import connecting

        if server.address != self._state.server.address:
            self._client = await connecting.connect_embedded(server, namespace)
        self._set(
            server=Server(server.address, namespace, server.ui_url, embedded=True, owned=ours),
            search_attributes=await connecting.find_search_attributes(self._client),
            server_notice="",
        )
        environment = embedded_environment(server.address, namespace)
        if self._own_store is not None:
            environment |= self._own_store.environment
        await self._upkeep.use(self._client, environment, self._state.server)

    async def _follow_keeper(self, keeper: ServerKeeper, namespace: str) -> None:
        while True:
            report = await keeper.next_report()
            if report.server is None:
                taking_over = report.event == "starting" and not self._state.server.owned
                text = "taking over the embedded server" if taking_over else "the embedded server starts again"
                self._set(server_notice=f"{text}: {report.text}" if report.text else text)
                continue
            try:
                await self._use_embedded(report.server, namespace, ours=report.event == "ready")
            except LaunchError as error:
                self._set(server_notice=str(error))

    def _set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of SessionState
        before, self._state = self._state, replace(self._state, **changes)
        if self.on_change is not None and newsworthy(before, self._state):
            self.on_change(self._state)


async def _nothing() -> None:
    """Be awaited."""
