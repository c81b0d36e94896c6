"""Reads the rows of a list again and again, and posts them: a poller touches no widget."""

from collections.abc import Callable
from typing import Any

from textual.message import Message

from console.gateway.counts import StageCounts
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing, ListSnapshot
from console.gateway.query import ServerFilter
from console.gateway.rows import Row, RowKey
from console.gateway.run_index import RunIndex
from console.gateway.ticker import Ticker
from console.listing.row_table import RowTable
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError, RefusedError

MAX_QUERIES_PER_READ = 8
"""Rows that one read queries where there are no search attributes."""


class ListRead(Message):
    """The list was read."""

    def __init__(self, snapshot: ListSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Let a newer snapshot replace a queued one."""
        return isinstance(message, ListRead)


class ListReadFailed(Message):
    """The list could not be read."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__()
        self.reason, self.refused = reason, refused


class ListReader:
    """Polls a list: one List call for each read, and a few counts when the list is long.

    Where the namespace lacks the search attributes, it queries the visible workflows for their summaries.
    """

    def __init__(self, gateway: Gateway, system: ConsoleSystem[Any, Any], post: Callable[[Message], object]) -> None:
        self._gateway, self._system, self._post = gateway, system, post
        self._more = False
        self.index = RunIndex(gateway, system.kind)
        self.listing = Listing(gateway, system.kind, self.index)
        self.counts = StageCounts(gateway, system.kind, tuple(stage.name for stage in system.stages), self.index)
        self.ticker = Ticker()

    async def run(self, table: RowTable, interval: float) -> None:
        """Poll every ``interval`` seconds until cancelled; ``table`` says where the operator looks."""
        while True:
            try:
                row = table.focused_row
                await self._read(row.key if row else None)
                if not await self._gateway.knows_attributes():
                    await self._query_rows(table.visible_rows)
            except CallError as error:
                self._post(ListReadFailed(str(error), refused=isinstance(error, RefusedError)))
            await self.ticker.wait(interval)

    def load_more(self) -> None:
        """Read the next page now."""
        self._more = True
        self.ticker.wake()

    async def _read(self, looking_at: RowKey | None) -> None:
        more, self._more = self._more, False
        try:
            snapshot = await (self.listing.load_more() if more else self.listing.refresh(looking_at))
        except CallError:
            self._more |= more  # the operator still waits for that page
            raise
        self._post(ListRead(snapshot))
        while self.listing.searches and (found := await self.listing.search_on()):
            self._post(ListRead(found))
        if not snapshot.complete or snapshot.chosen != ServerFilter():
            await self.index.step()
            await self.counts.count_chosen(snapshot.chosen)
            await self.counts.step()

    async def _query_rows(self, rows: list[Row]) -> None:
        for row in self.listing.least_known(rows)[:MAX_QUERIES_PER_READ]:
            try:
                client = self._gateway.domain(self._system.client)
                self.listing.answered(row.key, await client.get_summary(*row.key))
            except CallError:
                self.listing.asked(row, answered=False)
            else:
                self.listing.asked(row, answered=True)
        self._post(ListRead(self.listing.snapshot()))
