"""The session's state, as the screen shows it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from workflows.runtime.health import SupervisorReport

EPOCH = datetime.fromtimestamp(0, UTC)


class LaunchError(Exception):
    """The console cannot start. The text is one line for people; ``code`` is the exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Server:
    """The Temporal server in use."""

    address: str
    namespace: str
    ui_url: str | None
    """Root of the Web UI, None when it is not known."""
    embedded: bool
    """Whether a console started it."""
    whose: str = ""
    """Where it comes from, in words, such as ``embedded server of /home/ana/.local/share/tconsole``."""
    ui_request: Path | None = None
    """The file whose presence opens the Web UI of an embedded server; None where it is open already."""

    @property
    def words(self) -> str:
        """Which server it is and whose, for people; empty while that is not known."""
        return f"{self.whose}, {self.address} · {self.namespace}" if self.whose else ""


@dataclass(frozen=True)
class SessionState:
    """How the session stands now."""

    server: Server
    demo: bool = False
    """Whether what is shown is the demo."""
    server_notice: str = ""
    """A warning about the server, such as that it is starting again; empty when all is well."""
    report: SupervisorReport | None = None
    """The last report of our supervisor; None when there is none yet."""
    workers: str = ""
    """One line about the workers while there is no report."""
    workers_failure: str = ""
    """Why our workers cannot run; empty unless they have given up."""
    search_attributes: bool | None = None
    """Whether the namespace knows the search attributes; None until that is known."""

    @property
    def notice(self) -> str:
        """A warning about the server or our workers; empty when all is well."""
        return self.server_notice or (self.report.warning if self.report else "")


def newsworthy(before: SessionState, after: SessionState) -> bool:
    """Return whether something other than times and counts changed."""
    return _essence(before) != _essence(after)


def _essence(state: SessionState) -> SessionState:
    if state.report is None:
        return state
    workers = [worker.model_copy(update={"running": 0, "done": 0}) for worker in state.report.workers]
    return replace(state, report=state.report.model_copy(update={"at": EPOCH, "workers": workers}))
