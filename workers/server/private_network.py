"""A network of the server's own, on Linux: what listens in it can be reached by nobody outside this process's children.

The server has neither passwords nor Unix sockets: whoever reaches one of its ports may do everything. In a network
namespace its ports are in no other program's loopback. The kernel gives one to any user (together with a user
namespace), unless the administrator or a container's profile forbids it.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from workers.server.peers import PeerLookup

CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
INTERFACE = struct.Struct("16sH14x")
"""The name and the flags of a network interface, as `struct ifreq` has them."""


def can_have_one() -> bool:
    """Return whether this process may enter a network of its own, and see who connects to it from outside."""
    return sys.platform == "linux" and _knows_peers() and _works_in_child(enter)


def enter() -> None:
    """Move this process, which must have one thread, and its later children into a new network with loopback alone.

    Sockets that it has already stay where they are.

    Raises:
        OSError: it may not.
    """
    user, group = os.getuid(), os.getgid()
    try:
        _unshare(CLONE_NEWNET)  # root may do so at once, and keeps the right to read others' files
    except PermissionError:
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
        # In it we are who we were; supplementary groups stay in force.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket() as control:
        name, flags = INTERFACE.unpack(fcntl.ioctl(control, SIOCGIFFLAGS, INTERFACE.pack(b"lo", 0)))
        fcntl.ioctl(control, SIOCSIFFLAGS, INTERFACE.pack(name, flags | IFF_UP))


def _unshare(flags: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _works_in_child(attempt: Callable[[], None]) -> bool:
    """Try what cannot be taken back in a process that ends after it."""
    child = os.fork()
    if child == 0:
        code = 1
        with suppress(OSError):
            attempt()
            code = 0
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _knows_peers() -> bool:
    """Return whether the kernel tells whose a connection is."""
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        connection, _ = listener.accept()
        try:
            with connection, PeerLookup() as peers:
                return peers.user(connection) == os.getuid()
        except OSError:
            return False
