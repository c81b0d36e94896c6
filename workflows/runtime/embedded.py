"""What processes know of the embedded server: its files in the data folder, and what its keeper tells.

Standard library only: the keeper imports this, and must start fast and stay small.
"""

import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from workflows.runtime.background import Background

STATE_FILE = "temporal.sqlite"
"""The server's own state."""
LOGS = "logs"
RUN = "run"
"""Folder of the locks and states of background processes."""

DEFAULT_PORT = 7233
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class EmbeddedServer:
    """The embedded server as its keeper sees it. ``pid`` is the ``temporal`` process, ``text`` why it is not ready."""

    state: Literal["starting", "ready", "failed"]
    address: str = ""
    ui_url: str = ""
    pid: int = 0
    text: str = ""


@dataclass(frozen=True)
class KeeperOptions:
    """Which server to keep, and where."""

    data_dir: str
    run_dir: str
    namespace: str
    port: int
    """Taken if it is free; any other one if not."""
    ephemeral: bool = False
    """Keep the state in memory, and remove ``run_dir`` in the end."""


def server_process(run_dir: Path) -> Background:
    """Return the keeper of the embedded server whose locks are in ``run_dir``."""
    return Background(run_dir, "server")


def read_server(process: Background) -> EmbeddedServer | None:
    """Return the server as its keeper described it last; None when it has not yet."""
    return parse_server(process.read())


def parse_server(state: dict[str, object]) -> EmbeddedServer | None:
    """Return the server that a keeper's state describes; None when there is none."""
    try:
        return EmbeddedServer(**state)  # type: ignore[arg-type]
    except TypeError:
        return None


def write_server(process: Background, server: EmbeddedServer) -> None:
    """Tell all users how the server is."""
    process.write(asdict(server))


def answers(host: str, port: int, *, seconds: float = 1.0) -> bool:
    """Return whether something takes connections at the port."""
    try:
        with socket.create_connection((host, port), seconds):
            return True
    except OSError:
        return False
