"""Free ports on this machine."""

import socket

from workflows.runtime.embedded import LOOPBACK


def choose(preferred: int) -> int:
    """Return the preferred port if it is free, or else one that the system picks."""
    with bound(preferred) as probe:
        port: int = probe.getsockname()[1]
    return port


def any_free() -> int:
    """Return a free port that the system picks."""
    return choose(0)


def bound(preferred: int) -> socket.socket:
    """Return a socket at the preferred port if it is free, or else at one that the system picks. It does not listen."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((LOOPBACK, preferred))
    except (OSError, OverflowError):
        held.bind((LOOPBACK, 0))
    return held
