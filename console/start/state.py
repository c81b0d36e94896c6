"""What the session says of itself to the screen."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

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
    owned: bool
    """Whether this console did."""


@dataclass(frozen=True)
class SessionState:
    """How the session stands now."""

    server: Server
    server_notice: str = ""
    """What an operator should know of the server now, such as that it is starting again; empty when all is well."""
    report: SupervisorReport | None = None
    """What our own supervisor said last; None when there is none, or it has not spoken yet."""
    workers: str = ""
    """One line on the workers, for when there is no report."""
    search_attributes: bool | None = None
    """Whether the namespace knows the search attributes; None until that is known."""

    @property
    def notice(self) -> str:
        """What an operator should know now, of the server or of our workers; empty when all is well."""
        return self.server_notice or (self.report.warning if self.report else "")


def newsworthy(before: SessionState, after: SessionState) -> bool:
    """Return whether something changed that is worth a look at once. Each report has new times and counts."""
    return _essence(before) != _essence(after)


def _essence(state: SessionState) -> SessionState:
    if state.report is None:
        return state
    workers = [worker.model_copy(update={"running": 0, "done": 0}) for worker in state.report.workers]
    return replace(state, report=state.report.model_copy(update={"at": EPOCH, "workers": workers}))
