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

DEMO = "demo"

DEFAULT_PORT = 7233
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class EmbeddedServer:
    """The embedded server as its keeper sees it. ``pid`` is the ``temporal`` process, ``text`` why it is not ready.

    ``ui_url`` is where the Web UI is once it was asked for, see `ui_request`; empty if there is none.
    """

    state: Literal["starting", "ready", "failed"]
    address: str = ""
    ui_url: str = ""
    pid: int = 0
    text: str = ""
    private: bool = False
    """Whether only this user's processes reach it, or all of this machine."""


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


def ui_request(run_dir: Path) -> Path:
    """Return the file whose presence asks the keeper to open the Web UI."""
    return run_dir / "server.ui"


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


def demo_folder(data_dir: Path) -> Path:
    """Return the demo's data folder, in the user's own: what happens in the demo stays there."""
    return data_dir / DEMO


def others_answer(data_dir: Path, port: int) -> bool:
    """Return whether something answers at the default address that is no embedded server of this folder or its demo."""
    if server_process(data_dir / RUN).is_running():
        return False
    demo = server_process(demo_folder(data_dir) / RUN)
    server = read_server(demo) if demo.is_running() else None
    if server is not None and server.address == f"{LOOPBACK}:{port}":
        return False
    return answers("localhost", port)


def answers(host: str, port: int, *, seconds: float = 1.0) -> bool:
    """Return whether something takes connections at the port."""
    try:
        with socket.create_connection((host, port), seconds):
            return True
    except OSError:
        return False
