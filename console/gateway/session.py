"""What the console needs of the session it runs in: where the server is, a client, and word of changes."""

from collections.abc import Callable
from typing import Any, Protocol

from temporalio.client import Client

from workflows.runtime.health import SupervisorReport


class Server(Protocol):
    """The Temporal server in use."""

    @property
    def address(self) -> str:
        """Host and port."""

    @property
    def namespace(self) -> str:
        """The namespace in use."""

    @property
    def ui_url(self) -> str | None:
        """Root of the server's Web UI, if it has one."""

    @property
    def embedded(self) -> bool:
        """Whether it is the server that a console started."""


class SessionState(Protocol):
    """How the session stands now."""

    @property
    def server(self) -> Server:
        """The server in use."""

    @property
    def notice(self) -> str:
        """What an operator should know of the server now, empty when all is well."""

    @property
    def report(self) -> SupervisorReport | None:
        """What our own supervisor said last, None when it is not ours or has not spoken."""

    @property
    def workers(self) -> str:
        """One line on the workers, for when there is no report."""

    @property
    def search_attributes(self) -> bool | None:
        """Whether the namespace knows the search attributes, None when the session does not know."""


class Session(Protocol):
    """Owns the client, which may be replaced when the server is: ask for it each time."""

    on_change: Callable[[Any], None] | None

    @property
    def state(self) -> SessionState:
        """How things stand now."""

    @property
    def client(self) -> Client:
        """The client to use now."""
