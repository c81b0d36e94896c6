"""Identities of processes as Temporal's pollers report them, to recognise dead ones."""

import os
import re
import socket
from dataclasses import dataclass

import psutil

_PROCESS = re.compile(r"(?:^|-)(?P<pid>\d+)@(?P<host>.+)$")


def own_identity(role: str) -> str:
    """Return this process's identity, such as ``workers-4711@desk``."""
    return f"{role}-{os.getpid()}@{socket.gethostname()}"


@dataclass(frozen=True)
class RemoteProcess:
    """The process that an identity names."""

    pid: int
    host: str

    @property
    def gone(self) -> bool:
        """Whether it ran on this host and has ended; False for other hosts."""
        return self.host == socket.gethostname() and not psutil.pid_exists(self.pid)


def process_of(identity: str) -> RemoteProcess | None:
    """Return the process of an identity of ours, or of the SDKs' form ``PID@HOST``; None for any other text."""
    found = _PROCESS.search(identity)
    return RemoteProcess(int(found["pid"]), found["host"]) if found else None
