"""The embedded server of the data folder, which the first console starts."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from console.start.options import LaunchOptions
from console.start.shared_process import SharedProcess
from console.start.state import LaunchError
from workflows.runtime.embedded import EmbeddedServer, KeeperOptions, read_server, server_process

NO_SERVER = 3
START_SECONDS = 60.0
POLL_INTERVAL = 0.02


class ServerProcess:
    """Keeps the embedded server running, through a keeper that all consoles of ``run_dir`` share."""

    def __init__(self, options: LaunchOptions, run_dir: Path, namespace: str) -> None:
        self._options = KeeperOptions(
            str(options.data_dir), str(run_dir), namespace, options.server_port, ephemeral=options.ephemeral
        )
        self._log = options.logs / "server.log"
        self._process = SharedProcess(server_process(run_dir), options.logs / "keeper.log")

    @property
    def users(self) -> Sequence[int]:
        """The descriptors that keep the server running while a process holds them."""
        return self._process.users

    def ensure(self) -> EmbeddedServer | None:
        """Start the server where it does not run; return it as it is now, None while nothing is known of it.

        Raises:
            LaunchError: it cannot be started.
        """
        try:
            running = self._process.ensure(["server", json.dumps(asdict(self._options))], os.environ)
        except OSError as error:
            raise LaunchError(f"the embedded server cannot be started: {error}", NO_SERVER) from error
        server = read_server(self._process.background)
        # The keeper may have been killed: what it wrote last says nothing then.
        return server if running or (server and server.state == "failed") else None

    async def until_ready(self) -> EmbeddedServer:
        """Start the server where it does not run, and wait until it answers.

        Raises:
            LaunchError: it does not.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                while (server := self.ensure()) is None or server.state != "ready":
                    if server and server.state == "failed" and self._process.starts:
                        raise LaunchError(server.text, NO_SERVER)
                    await asyncio.sleep(POLL_INTERVAL)
        except TimeoutError as error:
            text = f"the embedded server did not start within {START_SECONDS:.0f} s; its log is {self._log}"
            raise LaunchError(text, NO_SERVER) from error
        return server

    def leave(self) -> None:
        """Need the server no longer."""
        self._process.leave()
