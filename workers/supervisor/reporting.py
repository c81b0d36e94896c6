"""Tells the consoles how the supervisor does."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from workflows.runtime.background import Background
from workflows.runtime.health import SupervisorReport, SupervisorState

REPORT_SECONDS = 1.0


async def report_always(background: Background, report: Callable[[], SupervisorReport], changed: asyncio.Event) -> None:
    """Write a report every second, and whenever something changed."""
    while True:
        with suppress(OSError):  # a full disk must not stop workers
            background.write(SupervisorState(report=report()).model_dump(mode="json"))
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORT_SECONDS):
                await changed.wait()
        changed.clear()


def report_failure(background: Background, failure: str, *, final: bool) -> None:
    """Write why the supervisor ended. ``final``: it would fail in the same way again."""
    with suppress(OSError):
        background.write(SupervisorState(failure=failure, final=final).model_dump(mode="json"))
