"""What a keeper is told on its command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflows.runtime.embedded import DEFAULT_PORT, LOGS


@dataclass(frozen=True)
class KeeperOptions:
    """Which server to keep, and where."""

    data_dir: Path
    namespace: str
    port: int
    """Taken if it is free; any other one if not."""
    ephemeral: bool
    """Keep the state in memory, for nobody else."""

    @property
    def log_dir(self) -> Path:
        """The folder of the server's log."""
        return self.data_dir / LOGS


def parse(arguments: Sequence[str]) -> KeeperOptions:
    """Read the command line; what does not fit ends the process with code 2 and a line that says so."""
    parser = argparse.ArgumentParser(
        prog="python -m workers server",
        description="Keep the embedded Temporal server until standard input ends; reports are JSON lines.",
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of the server's state, lock and logs")
    parser.add_argument("--namespace", default="default", help="created where it does not exist")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="taken if it is free, or else any other")
    parser.add_argument("--ephemeral", action="store_true", help="keep the state in memory, for nobody else")
    given = parser.parse_args(arguments)
    return KeeperOptions(given.data_dir.resolve(), given.namespace, given.port, given.ephemeral)
