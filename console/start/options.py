"""What the session is told when it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflows.runtime.embedded import LOGS


@dataclass(frozen=True)
class LaunchOptions:
    """Which server, and which workers. Addresses, keys and certificates come from the ``TEMPORAL_…`` variables."""

    data_dir: Path
    server_port: int
    """Where a server is looked for when none is given."""
    task_queues: Callable[[], Sequence[str]]
    """Returns where workers must poll; asked when the screen has been imported."""
    ui_url: str | None = None
    """The Web UI of a server that was given."""
    ephemeral: bool = False
    """Always a new embedded server, in memory."""
    workers: bool = True
    """Start a supervisor where no workers poll."""
    demo: bool = False
    """Start a supervisor in any case, and have it fill in sample data. ``data_dir`` is the demo's own."""
    head_start_seconds: float = 0.0
    """How long the screen has the processors to itself before a supervisor is started."""

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.data_dir / LOGS
