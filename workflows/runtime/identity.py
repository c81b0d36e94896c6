"""Identities of processes as Temporal's pollers report them, to recognise dead ones."""

import os
import re
import socket

import psutil

_PROCESS = re.compile(r"(?:^|-)(?P<pid>\d+)@(?P<host>.+)$")


def own_identity(role: str) -> str:
    """Return this process's identity, such as ``workers-4711@desk``."""
    return f"{role}-{os.getpid()}@{socket.gethostname()}"


def is_gone(identity: str) -> bool:
    """Return whether an identity of ours, or of the SDKs' form ``PID@HOST``, names an ended process of this host."""
    found = _PROCESS.search(identity)
    return found is not None and found["host"] == socket.gethostname() and not psutil.pid_exists(int(found["pid"]))
