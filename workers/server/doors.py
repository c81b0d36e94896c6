"""Where the embedded server is reached, and by whom."""

import resource
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from workers.server import ports, private_network
from workers.server.peers import PeerLookup
from workers.server.relay import Relay
from workflows.runtime.embedded import LOOPBACK

UI_OFFSET = 1000
"""Temporal's own habit: the Web UI's port is the server's and a thousand."""


@dataclass(frozen=True)
class ServerPorts:
    """Where the server's process listens."""

    grpc: int
    http: int
    ui: int | None
    """None: it has no Web UI."""


INNER = ServerPorts(grpc=7233, http=7243, ui=8233)
"""Where a server in a network of its own listens: nobody else is there."""


class Doors(Protocol):
    """What leads to the server."""

    private: bool
    """Whether they open for this user alone."""

    @property
    def address(self) -> str:
        """Where clients connect."""

    @property
    def ui_url(self) -> str:
        """Where the Web UI is once it was asked for; empty if there is none."""

    def server_ports(self) -> ServerPorts:
        """Return where the next server is to listen."""

    def open_ui(self) -> None:
        """Open the Web UI."""


class PrivateDoors:
    """The server is in a network of its own; this process passes connections of its user on to it."""

    private = True

    def __init__(self, port: int, ui_port: int) -> None:
        """Keep ``port``, or another one if it is taken, and move this process into the server's network.

        Raises:
            OSError: it may not; see `private_network.can_have_one`.
        """
        peers, self._ui_peers = PeerLookup(), PeerLookup()
        listener, self._ui = ports.bound(port), ports.bound(ui_port)
        self.address, self.ui_url = _address(listener), f"http://{_address(self._ui)}"
        private_network.enter()
        _allow_many_connections()
        Relay(listener, peers, INNER.grpc).start()
        self._is_ui_open = False

    def server_ports(self) -> ServerPorts:
        """Return the ports within: nobody else is there."""
        return INNER

    def open_ui(self) -> None:
        """Open the Web UI, behind a guard; until now nothing has listened at its port."""
        if self._is_ui_open or INNER.ui is None:
            return
        self._is_ui_open = True
        from workers.server.web_guard import WebGuard  # only now: it takes memory

        WebGuard(self._ui, self._ui_peers, INNER.ui).start()


class OpenDoors:
    """The server listens on loopback itself, where every user of this machine reaches it. It has no Web UI."""

    private = False
    ui_url = ""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def address(self) -> str:
        """Where the server listens."""
        return f"{LOOPBACK}:{self._port}"

    def server_ports(self) -> ServerPorts:
        """Return free ports."""
        self._port = ports.choose(self._port)
        return ServerPorts(self._port, ports.any_free(), None)

    def open_ui(self) -> None:
        """Do nothing: it would answer to everybody."""


def make_doors(port: int, ui_port: int = 0) -> Doors:
    """Return private doors where the system has them, else open ones."""
    if private_network.can_have_one():
        return PrivateDoors(port, ui_port or port + UI_OFFSET)
    return OpenDoors(port)


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"


def _allow_many_connections() -> None:
    with suppress(ValueError, OSError):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
