"""Keeps the embedded server running: starts it, and starts it again when it dies."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

from workers.server.doors import UI_OFFSET, Doors, make_doors
from workers.server.process import END_SECONDS, ServerCommand, ServerStartError, end, is_healthy, start
from workflows.runtime.background import POLL_INTERVAL
from workflows.runtime.backoff import Backoff
from workflows.runtime.embedded import (
    LOGS,
    STATE_FILE,
    EmbeddedServer,
    KeeperOptions,
    parse_server,
    server_process,
    ui_request,
    write_server,
)

START_POLL_INTERVAL = 0.02
MAX_FAILED_STARTS = 3
MAX_LOCKED_STARTS = 7
"""With the pauses between them about a quarter of a minute: enough for a former server to let go of its file."""


class Keeper:
    """Keeps the server as ``options`` say until ``stopped`` returns true."""

    def __init__(self, options: KeeperOptions, stopped: Callable[[], bool]) -> None:
        self._options = options
        self._stopped = stopped
        self._data_dir = Path(options.data_dir)
        self._process = server_process(Path(options.run_dir))
        self._port, self._ui_port = options.port, options.port + UI_OFFSET
        self._ui_request = ui_request(Path(options.run_dir))
        self._doors: Doors

    def run(self) -> None:
        """Keep the server running, and tell its users how it is.

        Raises:
            ServerStartError: it cannot be started; the users have been told.
        """
        try:
            (self._data_dir / LOGS).mkdir(parents=True, exist_ok=True)
            self._ui_request.unlink(missing_ok=True)
            self._end_former()
            self._doors = make_doors(self._port, self._ui_port)
            self._keep_running()
        except (ServerStartError, OSError) as error:
            text = str(error)
            if isinstance(error, OSError):
                text = f"the data folder {self._data_dir} cannot be used: {error}"
            write_server(self._process, EmbeddedServer("failed", text=text))
            raise ServerStartError(text) from error

    def _keep_running(self) -> None:
        backoff = Backoff(first=0.25, most=5.0)
        failed_starts, reason = 0, ""
        while not self._stopped():
            command = self._command()
            began = time.monotonic()
            process = start(command)
            try:
                ready = self._serve(process, command, reason)
            finally:
                end(process)
            if self._stopped():
                return
            failed_starts = 0 if ready else failed_starts + 1
            reason = f"the embedded server ended with code {process.returncode}: {command.last_line()}"
            if failed_starts >= (MAX_LOCKED_STARTS if "locked" in reason else MAX_FAILED_STARTS):
                raise ServerStartError(f"{reason}; its log is {command.log}")
            write_server(self._process, EmbeddedServer("starting", text=reason))
            time.sleep(backoff.pause(time.monotonic() - began))

    def _command(self) -> ServerCommand:
        return ServerCommand(
            self._doors.server_ports(),
            namespace=self._options.namespace,
            state=None if self._options.ephemeral else self._data_dir / STATE_FILE,
            log=self._data_dir / LOGS / "server.log",
        )

    def _serve(self, process: "Popen[bytes]", command: ServerCommand, reason: str) -> bool:
        """Wait until the server ends or is no longer needed; return whether it ever answered.

        ``reason``: why there is no other one any more, which users are told until it answers.
        """
        doors = self._doors
        known = EmbeddedServer("starting", doors.address, doors.ui_url, process.pid, reason, doors.private)
        # Before it answers: if this keeper is killed, the next one must know of its server.
        write_server(self._process, known)
        ready = False
        while process.poll() is None and not self._stopped():
            if not ready and is_healthy(command):
                ready = True
                write_server(self._process, replace(known, state="ready", text=""))
            if ready and self._ui_request.exists():
                doors.open_ui()
            time.sleep(POLL_INTERVAL if ready else START_POLL_INTERVAL)
        return ready

    def _end_former(self) -> None:
        """End the server of a keeper that was killed, and take over its ports. On Linux the two die together."""
        former = parse_server(self._process.read_former())
        if former is None or not former.pid:
            return
        self._port = _port(former.address)
        self._ui_port = _port(former.ui_url) if former.ui_url else self._ui_port
        import psutil  # only now: it takes memory

        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(former.pid)
            if str(self._data_dir / STATE_FILE) not in process.cmdline():
                return  # the number is another process's by now
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
