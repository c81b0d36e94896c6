"""Our end of the embedded server's keeper: starts it, and hears what it reports."""

import asyncio
import logging
import os

from console.start.options import LaunchOptions
from console.start.restarting_process import RestartingProcess
from console.start.state import LaunchError
from workflows.runtime.embedded import EmbeddedServer, KeeperReport

log = logging.getLogger(__name__)

NO_SERVER = 3
START_SECONDS = 60.0
STOP_SECONDS = 10.0


class ServerKeeper:
    """Keeps the embedded server through a process of its own, so that not even our being killed leaves it behind."""

    def __init__(self, options: LaunchOptions, namespace: str) -> None:
        arguments = ["server", "--data-dir", str(options.data_dir), "--namespace", namespace]
        arguments += ["--port", str(options.server_port), *(["--ephemeral"] if options.ephemeral else [])]
        self._log = options.logs / "server.log"
        errors = options.logs / "keeper.log"
        self._kept = RestartingProcess(
            arguments, errors, on_line=self._read, on_end=self._ended, on_given_up=self._ended
        )
        self._reports: asyncio.Queue[KeeperReport] = asyncio.Queue()

    async def start(self) -> None:
        """Start the process; the server comes later.

        Raises:
            LaunchError: it cannot be started.
        """
        try:
            await self._kept.start(os.environ)
        except OSError as error:
            raise LaunchError(f"the embedded server cannot be started: {error}", NO_SERVER) from error

    async def first_server(self) -> tuple[EmbeddedServer, bool]:
        """Wait until a server answers; return it, and whether it is ours or another console's.

        Raises:
            LaunchError: none does.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self._next_server()
        except TimeoutError as error:
            text = f"the embedded server did not start within {START_SECONDS:.0f} s; its log is {self._log}"
            raise LaunchError(text, NO_SERVER) from error

    async def server_after(self, server: EmbeddedServer, seconds: float) -> tuple[EmbeddedServer, bool] | None:
        """Wait until the keeper names a server after one that does not answer; None when it has not in that time.

        Raises:
            LaunchError: there will be none.
        """
        log.info("waiting for the server at %s, or for the one after it", server.address)
        try:
            async with asyncio.timeout(seconds):
                return await self._next_server()
        except TimeoutError:
            return None

    async def _next_server(self) -> tuple[EmbeddedServer, bool]:
        while True:
            report = await self._reports.get()
            if report.server is not None:
                return report.server, report.event == "ready"
            if report.event == "failed":
                raise LaunchError(report.text, NO_SERVER)

    async def next_report(self) -> KeeperReport:
        """Wait for what the keeper says next."""
        return await self._reports.get()

    async def stop(self) -> None:
        """Have the keeper end, and with it the server if it is ours."""
        await self._kept.stop(STOP_SECONDS)

    def _read(self, line: bytes) -> None:
        try:
            self._reports.put_nowait(KeeperReport.from_json(line))
        except ValueError:
            log.warning("the keeper wrote %r", line[:200])

    def _ended(self, reason: str) -> None:
        # One that gave up has said why; one that was killed could not.
        self._reports.put_nowait(KeeperReport("failed", text=reason))
