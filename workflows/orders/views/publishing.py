"""Keeps the list row of a workflow published."""

import asyncio
from collections.abc import Callable

from temporalio import workflow

from workflows.orders.steps.progress import Progress
from workflows.orders.steps.tasks import wait_until
from workflows.shared.summary import Summary, SummaryPublisher


class RowPublisher:
    """Publishes the row after changes, by one command for everything that happens in one workflow task."""

    def __init__(self, row: Callable[[], Summary], progress: Progress) -> None:
        self._row = row
        self._progress = progress
        self._published = -1
        self._publisher = SummaryPublisher()

    def begin(self, *, registered: bool) -> None:
        """Begin to publish; ``registered`` is whether search attributes may be written."""
        self._publisher.begin(registered=registered, memo=workflow.info().raw_memo)
        self._task = asyncio.create_task(self._run())

    def publish(self) -> None:
        """Publish the row now."""
        self._published = self._progress.changes
        self._publisher.publish(self._row())

    async def _run(self) -> None:
        while True:
            await wait_until(lambda: self._published != self._progress.changes)
            await self._progress.settled()
            self.publish()
