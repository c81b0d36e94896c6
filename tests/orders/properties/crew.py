"""Worker processes that a test kills: each one that goes is replaced."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess

from tests.orders.properties.worker import Post, work

PROCESSES = 2
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.orders.properties.worker"])
"""A server that has everything imported gives a new worker process in some milliseconds."""


class Crew:
    """Some worker processes on one task queue."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._processes: list[ForkServerProcess] = []
        self._wanted = PROCESSES

    def kill_one(self) -> None:
        """Kill a worker process in whatever it does."""
        if self._processes:
            self._processes[0].kill()

    async def fill_up(self) -> None:
        """Replace whoever has gone, for ever."""
        while True:
            gone = [process for process in self._processes if not process.is_alive()]
            self._processes = [process for process in self._processes if process not in gone]
            while len(self._processes) < self._wanted:
                process = CONTEXT.Process(target=work, args=(self._post,), daemon=True)
                await asyncio.to_thread(process.start)
                self._processes.append(process)
            await asyncio.sleep(0.05)

    def come_back(self) -> None:
        """Work again."""
        self._wanted = PROCESSES

    def dismiss(self) -> None:
        """Kill all; nobody works until :meth:`come_back`."""
        self._wanted = 0
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()


@asynccontextmanager
async def working(post: Post) -> AsyncIterator[Crew]:
    """Keep workers working during the block."""
    crew = Crew(post)
    keeping = asyncio.create_task(crew.fill_up())
    try:
        yield crew
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        crew.dismiss()
