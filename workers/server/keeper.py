"""Keeps one embedded server running: takes the lock, starts the server, and starts it again when it dies."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Callable

from filelock import FileLock, Timeout

from workers.server import ports
from workers.server.former import end_former
from workers.server.options import KeeperOptions
from workers.server.process import ServerCommand, ServerStartError, end, start, until_healthy
from workflows.runtime.backoff import Backoff
from workflows.runtime.embedded import (
    LOCK_FILE,
    LOOPBACK,
    PRIVATE,
    SERVER_FILE,
    STATE_FILE,
    EmbeddedServer,
    KeeperReport,
    answers,
    read_server_file,
    write_server_file,
)

LOOK_SECONDS = 0.2
"""How often a waiting keeper looks whether the owner has left."""
MOST_FAILED_STARTS = 3
MOST_LOCKED_STARTS = 7
"""With the pauses between them about a quarter of a minute: enough for a former server to let go of its file."""


class Keeper:
    """Runs until it is cancelled, or until the server cannot be started."""

    def __init__(self, options: KeeperOptions, report: Callable[[KeeperReport], None]) -> None:
        self._options = options
        self._report = report
        self._port = options.port
        self._ui_port = options.port + ports.UI_OFFSET
        self._http_port = 0

    async def run(self) -> None:
        """Own the server, or wait to own it; report each change.

        Raises:
            ServerStartError: the server cannot be started, or the data folder cannot be used.
        """
        try:
            self._options.data_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            self._options.log_dir.mkdir(parents=True, exist_ok=True)
            if self._options.ephemeral:
                await self._keep_running()
            else:
                await self._own_and_keep_running()
        except OSError as error:
            raise ServerStartError(f"the data folder {self._options.data_dir} cannot be used: {error}") from error

    async def _own_and_keep_running(self) -> None:
        data_dir = self._options.data_dir
        # The lock file is the one thing that stays: removing it would let two keepers lock two files of one name.
        lock = FileLock(data_dir / LOCK_FILE, mode=0o600)
        await self._acquire(lock)
        try:
            self._report(KeeperReport("starting"))
            former = await end_former(data_dir)
            if former is not None:
                self._prefer(former)
            await self._keep_running()
        finally:
            (data_dir / SERVER_FILE).unlink(missing_ok=True)
            lock.release()

    async def _acquire(self, lock: FileLock) -> None:
        """Wait for the lock; meanwhile report where the owner's server is."""
        attached: EmbeddedServer | None = None
        while True:
            try:
                lock.acquire(blocking=False)
            except Timeout:
                attached = self._attach(attached)
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return

    def _attach(self, attached: EmbeddedServer | None) -> EmbeddedServer | None:
        found = read_server_file(self._options.data_dir)
        if found is None or found == attached:
            return attached
        if not answers(LOOPBACK, _port(found.address)):
            return attached
        self._prefer(found)
        self._report(KeeperReport("attached", found))
        return found

    def _prefer(self, server: EmbeddedServer) -> None:
        """Start on the same ports, so that nobody who is connected has to look for the server."""
        self._port = _port(server.address)
        self._ui_port = _port(server.ui_url)

    async def _keep_running(self) -> None:
        backoff = Backoff(first=0.25, most=5.0)
        failed_starts = 0
        while True:
            self._port, self._ui_port = ports.choose(self._port), ports.choose(self._ui_port)
            self._http_port = ports.any_free()
            command = self._command()
            began = time.monotonic()
            process = await start(command)
            try:
                ready = await self._serve(process)
            finally:
                await end(process)
            failed_starts = 0 if ready else failed_starts + 1
            reason = f"the embedded server ended with code {process.returncode}: {command.last_line()}"
            most = MOST_LOCKED_STARTS if "locked" in reason else MOST_FAILED_STARTS
            if failed_starts >= most:
                raise ServerStartError(f"{reason}; its log is {command.log}")
            self._report(KeeperReport("starting", text=reason))
            await asyncio.sleep(backoff.pause(time.monotonic() - began))

    def _command(self) -> ServerCommand:
        return ServerCommand(
            port=self._port,
            ui_port=self._ui_port,
            http_port=self._http_port,
            namespace=self._options.namespace,
            state=None if self._options.ephemeral else self._options.data_dir / STATE_FILE,
            log=self._options.log_dir / "server.log",
        )

    async def _serve(self, process: Process) -> bool:
        """Wait until the server ends; return whether it ever answered."""
        server = EmbeddedServer(
            address=f"{LOOPBACK}:{self._port}",
            ui_url=f"http://{LOOPBACK}:{self._ui_port}",
            namespace=self._options.namespace,
            pid=process.pid,
        )
        if not self._options.ephemeral:  # before it answers: whoever owns the folder next must know of it
            write_server_file(self._options.data_dir, server)
        ready = await until_healthy(process, self._http_port)
        if ready:
            self._report(KeeperReport("ready", server))
            await process.wait()
        return ready


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
