"""Whose the process is that answers at a port of this machine: that one answers does not make it ours."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import psutil

from workflows.runtime.embedded import STATE_FILE

LOCAL = ("127.0.0.1", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1")  # noqa: S104 - listeners that take calls to loopback
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENING = "0A"
COMMAND_LENGTH = 60


@dataclass(frozen=True)
class ServerOwner:
    """A process that listens at a port. What cannot be told is None or empty."""

    user: int | None = None
    pid: int | None = None
    command: Sequence[str] = ()

    @property
    def is_same_user(self) -> bool:
        """Whether it is this user's."""
        return self.user == os.getuid()

    def has_mark_of(self, data_dir: Path) -> bool:
        """Return whether it serves this data folder: its command line names the folder or its file."""
        return self.data_dir == data_dir.resolve()

    @property
    def data_dir(self) -> Path | None:
        """The data folder that it serves, None if it names none."""
        for argument in self.command:
            if argument.startswith("{"):  # a keeper's options
                with suppress(ValueError, KeyError, TypeError):
                    return Path(json.loads(argument)["data_dir"])
            file = Path(argument.removeprefix("--db-filename="))
            if file.name == STATE_FILE:
                return file.parent.resolve()
        return None

    @property
    def words(self) -> str:
        """Whose it is, for people."""
        whose = "another user's" if self.user is None else "yours" if self.is_same_user else f"{_name(self.user)}'s"
        if self.pid is None:
            return whose
        if self.data_dir is not None:
            return f"{whose}: process {self.pid}, the embedded server of {self.data_dir}"
        command = shorten(" ".join(self.command), COMMAND_LENGTH, placeholder=" …")
        return f"{whose}: process {self.pid}, {command}" if command else f"{whose}: process {self.pid}"


def owners(port: int) -> list[ServerOwner]:
    """Return whose processes listen at a port of loopback."""
    found = [_owner(pid) for pid in _listening(port) if pid is not None]
    if sys.platform == "linux":
        known = {owner.user for owner in found}
        found += [ServerOwner(user) for user in _users(port) if user not in known]
    return found or [ServerOwner()]


def why_not_ours(port: int, data_dir: Path, *, workers: bool) -> str | None:
    """Return whose server is at the port if it is not this user's, or, for workers, not this data folder's; else None.

    Of several listeners, each must be.
    """
    for owner in owners(port):
        if not owner.is_same_user or (workers and not owner.has_mark_of(data_dir)):
            return owner.words
    return None


def _listening(port: int) -> Iterator[int | None]:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # macOS tells nobody but root of others' processes
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                yield from (process.pid for each in process.net_connections("tcp") if _listens(each, port))
        return
    yield from {each.pid for each in connections if _listens(each, port)}


def _listens(connection: Any, port: int) -> bool:  # noqa: ANN401 - psutil exports no type
    place = connection.laddr
    return connection.status == psutil.CONN_LISTEN and bool(place) and place.port == port and place.ip in LOCAL


def _owner(pid: int) -> ServerOwner:
    try:
        process = psutil.Process(pid)
        return ServerOwner(process.uids().effective, pid, process.cmdline())
    except psutil.Error:
        return ServerOwner(None, pid)


def _users(port: int) -> Iterator[int]:
    """Return the users of all listeners at the port, also of those whose process cannot be seen."""
    for table in TABLES:
        with suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                _, place, _, state, _, _, _, user, *_ = line.split()
                if state == LISTENING and int(place.rpartition(":")[2], 16) == port:
                    yield int(user)


def _name(user: int) -> str:
    from pwd import getpwuid

    with suppress(KeyError):
        return getpwuid(user).pw_name
    return f"user {user}"
