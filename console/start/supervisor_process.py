"""Our end of the supervisor: starts it where it is needed, and hears how it does."""

import logging
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from console.start.options import LaunchOptions
from console.start.restarting_process import RestartingProcess
from workflows.runtime.health import SupervisorReport

log = logging.getLogger(__name__)

STOP_SECONDS = 60.0
"""The supervisor bounds its drain itself; this is for one that hangs."""


class SupervisorProcess:
    """The supervisor that we run. ``on_report`` gets its reports, ``on_end`` why it ended by itself.

    ``on_given_up`` gets the reason why it is not started any more.
    """

    def __init__(
        self,
        options: LaunchOptions,
        *,
        on_report: Callable[[SupervisorReport], None],
        on_end: Callable[[str], None],
        on_given_up: Callable[[str], None],
    ) -> None:
        arguments = ["run", "--report", *(["--demo"] if options.demo else [])]
        errors = options.logs / "supervisor.log"
        self._kept = RestartingProcess(arguments, errors, on_line=self._read, on_end=on_end, on_given_up=on_given_up)
        self._on_report = on_report

    @property
    def running(self) -> bool:
        """Whether we keep one running."""
        return self._kept.running

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it; ``environment`` tells it where the server is.

        Raises:
            OSError: it cannot be started.
        """
        await self._kept.start({**environment, "MALLOC_ARENA_MAX": "2"})  # less memory held by idle threads

    async def stop(self) -> None:
        """Have it finish what is under way, and end."""
        await self._kept.stop(STOP_SECONDS)

    def _read(self, line: bytes) -> None:
        try:
            self._on_report(SupervisorReport.model_validate_json(line))
        except ValidationError:
            log.warning("the supervisor wrote %r", line[:200])
