"""The console's end of a background process: starts it where it does not run, for all consoles of its folder."""

import logging
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from workflows.runtime.background import Background
from workflows.runtime.backoff import Backoff

log = logging.getLogger(__name__)


class SharedProcess:
    """Keeps a background process running while this console is open. ``errors`` gets its standard error."""

    def __init__(self, background: Background, errors: Path) -> None:
        self.background = background
        self.starts = 0
        """How often this console has started it."""
        self._errors = errors
        self._backoff = Backoff()
        self._started_at = self._not_before = 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self._users: list[int] = []

    @property
    def users(self) -> Sequence[int]:
        """The descriptor that makes us a user: another process that holds it needs this one, too."""
        return self._users

    def ensure(self, command: Sequence[str], environment: Mapping[str, str], users: Sequence[int] = ()) -> bool:
        """Become a user, start the process where it does not run, and return whether it runs.

        One that has ended is started again after a growing pause.

        Raises:
            OSError: it cannot be started.
        """
        if not self._users:
            self._users = [self.background.join()]
        if self._child is not None:
            self._child.poll()  # leaves no zombie
        lock = self.background.acquire()
        if lock is None:
            return True
        now = time.monotonic()
        if now < self._not_before:
            os.close(lock)
            return False
        if self.starts:
            log.warning("%s has ended and is started again", self.background.name)
        self._not_before = now + self._backoff.pause(now - self._started_at)
        self._started_at = now
        self.starts += 1
        self._child = self.background.start(lock, command, environment=environment, log=self._errors, users=users)
        return True

    def leave(self) -> None:
        """Stop being a user: without any other, the process ends."""
        while self._users:
            os.close(self._users.pop())
