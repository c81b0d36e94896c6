"""What processes know of the embedded server: its files in the data folder, and its keeper's reports.

Standard library only: the keeper imports this, and must start fast and stay small.
"""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

LOCK_FILE = "server.lock"
"""Held by the keeper that owns the embedded server."""
SERVER_FILE = "server.json"
"""Where the running server is; written by the owner."""
STATE_FILE = "temporal.sqlite"
"""The server's own state."""
LOGS = "logs"
PRIVATE = 0o700
"""Mode of the data folder when we make it: it holds customers' data."""

DEFAULT_PORT = 7233
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server. ``pid`` is the ``temporal`` process."""

    address: str
    ui_url: str
    namespace: str
    pid: int


@dataclass(frozen=True)
class KeeperReport:
    """One JSON line of a keeper.

    ``starting``: it owns the server and starts it; ``ready``: its server answers; ``attached``: another keeper's
    server answers, and this one waits to take over; ``failed``: it gave up, and ``text`` says why.
    """

    event: Literal["starting", "ready", "attached", "failed"]
    server: EmbeddedServer | None = None
    text: str = ""

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """Read it from one line.

        Raises:
            ValueError: the line is not a report.
        """
        try:
            fields = json.loads(line)
            server = EmbeddedServer(**fields["server"]) if fields["server"] else None
            return cls(event=fields["event"], server=server, text=fields["text"])
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a keeper's report: {line!r}") from error


def read_server_file(data_dir: Path) -> EmbeddedServer | None:
    """Return the server that the data folder's owner wrote down last, None when there is none."""
    try:
        return EmbeddedServer(**json.loads((data_dir / SERVER_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_server_file(data_dir: Path, server: EmbeddedServer) -> None:
    """Write the running server down; a reader sees the old file or the new one, never half of it."""
    draft = data_dir / f"{SERVER_FILE}.new"
    draft.write_text(json.dumps(asdict(server)), encoding="utf-8")
    draft.replace(data_dir / SERVER_FILE)


def owned(data_dir: Path) -> bool:
    """Return whether a keeper owns the embedded server of the data folder now."""
    from filelock import FileLock, Timeout

    if not (data_dir / LOCK_FILE).exists():
        return False
    lock = FileLock(data_dir / LOCK_FILE)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    lock.release()
    return False


def answers(host: str, port: int, *, seconds: float = 1.0) -> bool:
    """Return whether something takes connections at the port."""
    try:
        with socket.create_connection((host, port), seconds):
            return True
    except OSError:
        return False
