"""Reads the rows of a list again and again, and posts them."""

from collections.abc import Callable
from typing import Any

from textual.message import Message

from console.gateway.counts import StageCounts
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.gateway.query import ServerFilter
from console.gateway.rows import Row, RowKey
from console.gateway.ticker import Ticker
from console.listing.messages import ListRead, ListReadFailed
from console.listing.row_table import RowTable
from console.systems.system import ConsoleSystem
from workflows.shared.errors import CallError

MAX_QUERIES_PER_READ = 8
"""Rows that one read queries where there are no search attributes."""


class ListReader:
    """Polls a list: one List call for each read, and a few counts when the list is long.

    Where the namespace lacks the search attributes, it queries the visible workflows for their summaries.
    """

    def __init__(
        self,
        gateway: Gateway,
        system: ConsoleSystem[Any, Any],
        listing: Listing,
        counts: StageCounts,
        post: Callable[[Message], object],
    ) -> None:
        self._gateway, self._system, self._listing, self._counts = gateway, system, listing, counts
        self._post = post
        self._more = False
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
                self._post(ListReadFailed(str(error)))
            await self.ticker.wait(interval)

    def load_more(self) -> None:
        """Read the next page now."""
        self._more = True
        self.ticker.wake()

    async def _read(self, looking_at: RowKey | None) -> None:
        more, self._more = self._more, False
        snapshot = await (self._listing.load_more() if more else self._listing.refresh(looking_at))
        self._post(ListRead(snapshot))
        if not snapshot.complete or snapshot.chosen != ServerFilter():
            await self._counts.step()

    async def _query_rows(self, rows: list[Row]) -> None:
        for row in self._listing.least_known(rows)[:MAX_QUERIES_PER_READ]:
            try:
                client = self._gateway.domain(self._system.client)
                self._listing.answered(row.key, await client.get_summary(row.key.workflow_id))
            except CallError:
                self._listing.asked(row, answered=False)
            else:
                self._listing.asked(row, answered=True)
        self._post(ListRead(self._listing.snapshot()))
