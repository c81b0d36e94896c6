"""One timer for everything that time does to a request.

A timer that rings too early costs nothing but a look; one that is started anew for each level costs two events.
"""

import asyncio
from datetime import datetime

from temporalio import workflow


class Alarm:
    """Rings at the moment that was set, or at an earlier one that was set before."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._rang = False

    def set(self, at: datetime | None) -> None:
        """Ring at that moment; None if nothing is to come."""
        if at is None or (self._at is not None and self._at <= at):
            return
        if self._task is not None:
            self._task.cancel()
        self._at = at
        self._task = asyncio.create_task(self._wait(at))

    @property
    def rings(self) -> bool:
        """Whether it has rung since it was stopped last."""
        return self._rang

    def stop(self) -> bool:
        """Stop ringing; return whether it did."""
        rang, self._rang = self._rang, False
        return rang

    async def _wait(self, at: datetime) -> None:
        if (left := at - workflow.now()).total_seconds() > 0:
            await asyncio.sleep(left.total_seconds())
        self._at = self._task = None
        self._rang = True
