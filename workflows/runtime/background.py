"""Background processes that the consoles of one data folder share: server and supervisor.

Each console holds a shared lock on a process's ``users`` file, the process an exclusive one on its ``lock`` file; the
kernel releases both, however the holder dies. The console that gets the exclusive lock starts the process and passes
the lock on, so that there is never a second one. The process ends when the ``users`` file has no holder left.

Standard library only: the server's keeper imports this, and must start fast and stay small.
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRIVATE = 0o700
"""Mode of the folders that hold customers' data."""
POLL_INTERVAL = 0.2
"""How often, in seconds, a process looks for its users, and a user for its process."""
NICENESS = 10
"""Added to a console's own, so that its key presses come first: a console gets nine times as much processor time."""
AUTOGROUP = Path("/proc/self/autogroup")
AUTOGROUP_NICENESS = 5
"""The same between sessions, which Linux may weigh first; milder, since sessions of other programs count there, too."""


@dataclass(frozen=True)
class Background:
    """One background process, by its folder and its name there. It need not run."""

    folder: Path
    name: str

    @property
    def state(self) -> Path:
        """The file of JSON in which the process tells its users how it is."""
        return self.folder / f"{self.name}.json"

    def join(self) -> int:
        """Become a user until the returned file descriptor is closed.

        Raises:
            OSError: the folder cannot be used.
        """
        self._make_folder()
        users = self._open("users")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits only while the process looks whether it has users
        return users

    def acquire(self) -> int | None:
        """Return the locked file descriptor for :meth:`start`, or None while the process runs."""
        self._make_folder()
        lock = self._open("lock")
        if _locks(lock):
            return lock
        os.close(lock)
        return None

    def start(
        self, lock: int, command: Sequence[str], *, environment: Mapping[str, str], log: Path, users: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start ``python -m workers COMMAND`` without a terminal, and pass ``lock`` on to it.

        ``users``: descriptors from :meth:`join` of other processes, which it holds for its whole life. ``log`` gets its
        standard error.

        Raises:
            OSError: it cannot be started, or the log cannot be written.
        """
        try:
            with suppress(FileNotFoundError):  # so that nobody takes the last words of a killed process for news
                self.state.replace(self._former)
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as errors:
                return subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-P", "-m", "workers", *command],  # -P: ignore a ./workers that is not ours
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    env=dict(environment),
                    start_new_session=True,
                    pass_fds=(lock, *users),
                )
        finally:
            os.close(lock)

    def is_running(self) -> bool:
        """Return whether the process runs."""
        if not self.folder.exists():
            return False
        lock = self.acquire()
        if lock is None:
            return True
        os.close(lock)
        return False

    def is_abandoned(self) -> bool:
        """Return whether no user is left. Then the state is gone, too: whoever comes next waits for a new process."""
        try:
            users = self._open("users")
        except FileNotFoundError:  # somebody removed the data folder
            return True
        try:
            if not _locks(users):
                return False
            self.state.unlink(missing_ok=True)
            return True
        finally:
            os.close(users)

    def read(self) -> dict[str, Any]:
        """Return the state that the process wrote last; empty when there is none."""
        return _read(self.state)

    def read_former(self) -> dict[str, Any]:
        """Return the last state of a former process that was killed; empty when it ended well."""
        return _read(self._former)

    def write(self, state: Mapping[str, Any]) -> None:
        """Write the state. A reader sees the old one or the new one, never half of it."""
        draft = self.state.with_suffix(".new")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(self.state)

    def _make_folder(self) -> None:
        for folder in (self.folder.parent, self.folder):
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)

    @property
    def _former(self) -> Path:
        return self.state.with_suffix(".former")

    def _open(self, kind: str) -> int:
        # The file stays for ever: if it were removed, two processes could lock two files of one name.
        return os.open(self.folder / f"{self.name}.{kind}", os.O_RDWR | os.O_CREAT, 0o600)


def yield_processor() -> None:
    """Lower the priority of this process and its children, where the system allows it."""
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):
        AUTOGROUP.write_text(str(AUTOGROUP_NICENESS))


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
