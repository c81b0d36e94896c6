"""Where one benchmark runs: a data folder, ports and an environment of its own."""

import os
import shutil
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import IO, Self

from tests.support.processes import running
from workers.server.doors import ServerPorts
from workers.server.ports import any_free
from workers.server.process import ServerCommand
from workflows.runtime.embedded import STATE_FILE

FOREIGN = ("TEMPORAL_", "TCONSOLE_", "XDG_", "PYTHON")
"""The caller's variables, which must not reach what is measured."""


class Place:
    """A data folder that nobody else uses, with a free port for its server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = any_free()

    def copied_to(self, folder: Path) -> Self:
        """Return another place with a copy of the data."""
        shutil.copytree(self.folder, folder)
        return type(self)(folder)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of every process here, with ``more`` settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        own = {"TCONSOLE_DATA_DIR": str(self.folder), "TCONSOLE_SERVER_PORT": str(self.port)}
        return {**kept, "HOME": str(self.folder), **own, **more}

    def running(self, *command: str, output: IO[bytes] | None = None) -> AbstractContextManager[Popen[bytes]]:
        """Run a program here during the block, then end it."""
        return running(command, self.environment(), output=output, end=signal.SIGTERM)

    def server_command(self) -> ServerCommand:
        """Return the command of a bare server on the folder's state: the embedded server's, flag by flag."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return ServerCommand(
            ServerPorts(grpc=self.port, http=any_free(), ui=None),
            namespace="default",
            state=self.folder / STATE_FILE,
            log=self.folder / "bare-server.log",
        )


def script(name: str) -> str:
    """Return the path of a command that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))
