"""Keeps a child process running: one that ended by itself is started again, after a growing pause.

One that cannot use what it was told is not.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from console.start.child import Child
from workflows.runtime.backoff import Backoff

log = logging.getLogger(__name__)

WRONG_USAGE = 2
"""Exit code of a child that was told something it cannot use: starting it again changes nothing."""
MOST_REFUSED_STARTS = 2


class RestartingProcess:
    """One kind of child, such as the supervisor. ``on_line`` gets its output, ``on_end`` the reason why it ended.

    ``on_given_up`` gets the reason why it is not started any more.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        errors: Path,
        *,
        on_line: Callable[[bytes], None],
        on_end: Callable[[str], None],
        on_given_up: Callable[[str], None],
    ) -> None:
        self._arguments = arguments
        self._errors = errors
        self._on_line = on_line
        self._on_end = on_end
        self._on_given_up = on_given_up
        self._child: Child | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it is ours to keep running, even after it has been given up."""
        return self._keeping is not None

    @property
    def pid(self) -> int | None:
        """Process ID of the child that runs now, None when none does."""
        return self._child.pid if self._child else None

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start the child, and keep it running from now on.

        Raises:
            OSError: it cannot be started.
        """
        self._child = await self._new_child(environment)
        self._keeping = asyncio.create_task(self._keep(self._child, environment))

    async def stop(self, seconds: float) -> None:
        """Have the child end, within ``seconds``, and start no other."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        if self._child is not None:
            await self._child.stop(seconds)
            self._child = None

    async def _new_child(self, environment: Mapping[str, str]) -> Child:
        return await Child.start(self._arguments, errors=self._errors, environment=environment)

    async def _keep(self, child: Child, environment: Mapping[str, str]) -> None:
        backoff = Backoff()
        refused = 0
        while True:
            began = time.monotonic()
            code = await child.listen(self._on_line)
            self._child = None
            reason = child.last_words() or f"it ended with code {code}"
            refused = refused + 1 if code == WRONG_USAGE else 0
            if refused >= MOST_REFUSED_STARTS:
                log.error("%s: %s; is not started again", " ".join(self._arguments[:1]), reason)
                self._on_given_up(reason)
                return
            pause = backoff.pause(time.monotonic() - began)
            log.warning("%s: %s; starts again in %.1f s", " ".join(self._arguments[:1]), reason, pause)
            self._on_end(reason)
            await asyncio.sleep(pause)
            child = self._child = await self._new_child(environment)
