"""Passes connections on to a port of the server's own network, for one user of this machine alone."""

import os
import select
import socket
import sys
import threading
import time
from contextlib import suppress

from workers.server.peers import PeerLookup
from workflows.runtime.embedded import LOOPBACK

CHUNK_BYTES = 256 * 1024
BACKLOG = 512
PAUSE_SECONDS = 0.05
IN, OUT = 1, 4
"""`EPOLLIN` and `EPOLLOUT`."""


class _End:
    """One end of a connection that is passed on; what it has not taken yet is in ``unsent``."""

    __slots__ = ("closing", "other", "socket", "unsent")

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self.unsent = b""
        self.closing = False
        self.other: _End


class Relay(threading.Thread):
    """Takes connections of this user at ``listener`` and passes them on to ``port``; closes those of others at once.

    One loop without asyncio, which would take twice the processor time for each message.
    """

    def __init__(self, listener: socket.socket, peers: PeerLookup, port: int) -> None:
        super().__init__(name="relay", daemon=True)
        self._listener, self._peers, self._port = listener, peers, port
        self._user = os.getuid()
        self._refused: set[int | None] = set()
        self._ends: dict[int, _End] = {}
        listener.settimeout(0)
        listener.listen(BACKLOG)

    def run(self) -> None:
        """Pass on until the process ends."""
        poll = self._poll = select.epoll()
        poll.register(self._listener.fileno(), IN)
        while True:
            for number, events in poll.poll():
                if number == self._listener.fileno():
                    self._take()
                elif (end := self._ends.get(number)) is not None:
                    self._move(end, events)

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # it has gone; or too many are open, and one that closes makes room
            time.sleep(PAUSE_SECONDS)
            return
        if not self._is_allowed(connection):
            connection.close()
            return
        try:
            server = socket.socket()
        except OSError:
            connection.close()
            return
        ends = _End(connection), _End(server)
        for end, other in (ends, ends[::-1]):
            end.other = other
            end.socket.settimeout(0)
            end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends[end.socket.fileno()] = end
        server.connect_ex((LOOPBACK, self._port))  # what is sent waits until it stands
        for end in ends:
            self._poll.register(end.socket.fileno(), IN)

    def _is_allowed(self, connection: socket.socket) -> bool:
        user = None
        with suppress(OSError):
            user = self._peers.user(connection)
        if user == self._user:
            return True
        if user not in self._refused:
            self._refused.add(user)
            whose = "somebody who has gone" if user is None else f"user {user}"
            sys.stderr.write(f"a connection of {whose} was closed: this server is user {self._user}'s alone\n")
            sys.stderr.flush()
        return False

    def _move(self, end: _End, events: int) -> None:
        if events & OUT and end.unsent:
            data, end.unsent = end.unsent, b""
            self._send(end, data)
            self._watch(end)
        if not events & ~OUT or end.closing:
            return
        try:
            data = end.socket.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(end)
        elif end.other.unsent:  # the end that was read has gone: what it left is all that follows
            end.other.unsent += data
        elif not self._send(end.other, data):
            self._watch(end)

    def _send(self, end: _End, data: bytes) -> bool:
        """Send what ``end`` takes now, and return whether that is all: until it is, nothing more is read for it."""
        try:
            sent = end.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(end)
            return False
        end.unsent = data[sent:]
        if end.closing and not end.unsent:
            self._close(end)
        return not end.unsent

    def _watch(self, changed: _End) -> None:
        for end in (changed, changed.other):
            if end.socket.fileno() in self._ends:
                reads = not (end.other.unsent or end.closing)
                self._poll.modify(end.socket.fileno(), (IN if reads else 0) | (OUT if end.unsent else 0))

    def _end(self, end: _End) -> None:
        """Close both ends, the other one when it has taken all."""
        if not end.other.unsent:
            self._close(end)
            return
        end.other.closing = True
        self._forget(end)
        self._watch(end.other)

    def _close(self, end: _End) -> None:
        for each in (end, end.other):
            self._forget(each)

    def _forget(self, end: _End) -> None:
        if self._ends.pop(end.socket.fileno(), None) is not None:
            end.socket.close()  # takes it out of the poll, too
