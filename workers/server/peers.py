"""Whose the other end of a connection on this machine is, as Linux knows it (`man 7 sock_diag`)."""

import socket
import struct
from types import TracebackType
from typing import Self

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
ESTABLISHED = 1
HEADER = struct.Struct("=LHHLL")
REQUEST = struct.Struct("=BBBBL 2s2s16s16s L 8s")
"""Family, protocol, extensions, states; ports and addresses of the wanted socket, interface, cookie."""
ANSWER = struct.Struct("=BBBB 2s2s16s16s L 8s LLLLL")
"""Family, state, timer, retransmits; the same names of the socket; expiry, queues, user, inode."""
NO_COOKIE = b"\xff" * 8
ANSWER_BYTES = 8192
TIMEOUT_SECONDS = 2.0


class PeerLookup:
    """Asks the kernel about the network in which it was made, wherever the process has moved since."""

    def __init__(self) -> None:
        # The numbers and not the names: those are missing in other systems' `socket`.
        self._netlink = socket.socket(16, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG)
        self._netlink.settimeout(TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._netlink.close()

    def user(self, connection: socket.socket) -> int | None:
        """Return the ID of the user whose process made this IPv4 connection, None where nobody can tell.

        A connection that its maker has closed already is nobody's: who made it can no longer be told.

        Raises:
            OSError: the kernel does not answer.
        """
        theirs, ours = connection.getpeername(), connection.getsockname()
        wanted = _port(theirs), _port(ours), _address(theirs), _address(ours)
        request = REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << ESTABLISHED, *wanted, 0, NO_COOKIE)
        header = HEADER.pack(HEADER.size + REQUEST.size, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0)
        self._netlink.send(header + request)
        answer = self._netlink.recv(ANSWER_BYTES)
        _, kind, *_ = HEADER.unpack_from(answer)
        if kind != SOCK_DIAG_BY_FAMILY or len(answer) < HEADER.size + ANSWER.size:
            return None
        _, state, _, _, port, other_port, *_, user, inode = ANSWER.unpack_from(answer, HEADER.size)
        if state != ESTABLISHED or not inode or (port, other_port) != wanted[:2]:
            return None
        return int(user)


def _port(end: tuple[str, int]) -> bytes:
    return struct.pack("!H", end[1])


def _address(end: tuple[str, int]) -> bytes:
    return socket.inet_aton(end[0]).ljust(16, b"\0")
