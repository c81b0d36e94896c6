"""Sends the supervisor's reports to the console that started it."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress

from workflows.runtime.health import SupervisorReport

REPORT_SECONDS = 1.0
MOST_WAITING_BYTES = 100_000
"""A console that does not read, such as one that was suspended, misses reports instead of filling our memory."""


async def report_always(report: Callable[[], SupervisorReport], changed: asyncio.Event) -> None:
    """Write a report to standard output as a JSON line, every second and whenever something changed."""
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    while not pipe.is_closing():
        if pipe.get_write_buffer_size() < MOST_WAITING_BYTES:
            pipe.write(report().model_dump_json().encode() + b"\n")
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORT_SECONDS):
                await changed.wait()
        changed.clear()
