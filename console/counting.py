"""Counts the tabs that are not shown, and what waits for a person, by Count calls."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from console.acting import ActingPane
from console.gateway.gateway import Gateway
from console.gateway.query import ServerFilter, filtered
from console.inbox.reader import InboxReader
from console.pane import SystemPane
from console.widgets.tab_bar import TabCounts
from workflows.shared.errors import CallError
from workflows.shared.list_filter import searchable

COUNT_INTERVAL = 3.0
"""Seconds between two counts of the other tabs: one Count call each."""


class TabCounter:
    """Keeps the counts of all tabs.

    ``shown`` returns the pane that reads itself; ``changed`` is called after a change.
    """

    def __init__(
        self,
        gateway: Gateway,
        panes: Mapping[str, SystemPane],
        inbox: InboxReader,
        shown: Callable[[], ActingPane],
        changed: Callable[[], None],
    ) -> None:
        self._gateway, self._panes, self._inbox = gateway, panes, inbox
        self._shown, self._changed = shown, changed
        self.tabs: dict[str, TabCounts] = {}

    async def run(self) -> None:
        """Count again and again."""
        while True:
            with suppress(CallError):  # the status bar says so
                for pane in self._panes.values():
                    await self._count_tab(pane)
            with suppress(CallError):
                if isinstance(self._shown(), SystemPane) and not self._gateway.without_attributes:
                    await self._inbox.count()
            await asyncio.sleep(COUNT_INTERVAL)

    def take(self, system: str, counts: TabCounts) -> None:
        """Take what a list has counted itself."""
        before = self.tabs.get(system, TabCounts())
        self.tabs[system] = TabCounts(counts.total, before.for_you if counts.for_you is None else counts.for_you)
        self._changed()

    def forget_people(self) -> None:
        """Forget what was counted for the operator."""
        self.tabs = {name: TabCounts(counts.total) for name, counts in self.tabs.items()}

    async def _count_tab(self, pane: SystemPane) -> None:
        system, gateway = pane.system, self._gateway
        counts = self.tabs.get(system.name, TabCounts())
        if pane is not self._shown():
            total = await pane.listing.count_all()
            counts = TabCounts(counts.total if total is None else total, counts.for_you)
        if system.for_people and not gateway.without_attributes and searchable(gateway.operator):
            mine = await gateway.count(filtered(system.kind, ServerFilter(waiting_for=gateway.operator)))
            counts = TabCounts(counts.total, counts.for_you if mine is None else mine)
        if counts != self.tabs.get(system.name):
            self.tabs[system.name] = counts
            self._changed()
