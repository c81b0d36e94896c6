"""Free ports on this machine."""

import socket

from workflows.runtime.embedded import LOOPBACK

UI_OFFSET = 1000
"""Temporal's own habit: the Web UI's port is the server's and a thousand."""


def is_free(port: int) -> bool:
    """Return whether a server could listen at the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
    return True


def choose(preferred: int) -> int:
    """Return the preferred port if it is free, or else one that the system picks."""
    return preferred if is_free(preferred) else any_free()


def any_free() -> int:
    """Return a free port that the system picks."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
