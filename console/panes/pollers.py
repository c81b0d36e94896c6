"""What reads for a pane: its rows, and the workflow in focus. Both only post messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from textual.message import Message

from console.gateway.counts import StageCounts
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing
from console.gateway.query import ServerFilter
from console.gateway.rows import Row, RowKey
from console.panes.messages import DetailFailed, DetailRead, HistoryRead, ListRead, ListTrouble
from console.panes.ticker import Ticker
from workflows.shared.actions import Action
from workflows.shared.errors import CallError, DisconnectedError, NoAnswerError
from workflows.shared.summary import Summary

ViewT = TypeVar("ViewT")

FOLLOW_SECONDS = 0.4
"""A cursor that stays so long is worth following the history."""

SLOW_SECONDS = 5.0
"""The focused workflow is read this often even when nothing is known to have happened."""

MOST_SECONDS = 30.0
"""A workflow that no worker answers for is asked this often in the end: its unanswered queries stay on the server."""

CLOSED_SECONDS = 60.0
FILLED_A_TICK = 8
"""How many rows a refresh fills by query where there are no search attributes."""


class RowPoller:
    """Reads the list again and again: one List call each time, and a few counts when the list is long."""

    def __init__(
        self,
        gateway: Gateway,
        listing: Listing,
        counts: StageCounts,
        post: Callable[[Message], object],
        seconds: float,
    ) -> None:
        self._gateway, self._listing, self._counts = gateway, listing, counts
        self._post = post
        self._seconds = seconds
        self.ticker = Ticker()
        self.more = False

    async def run(self, looking_at: Callable[[], RowKey | None], fill: Callable[[], Awaitable[None]]) -> None:
        """Poll until cancelled. ``fill`` asks visible rows for what the server's list cannot know."""
        while True:
            try:
                await self._read(looking_at())
                if not await self._gateway.knows_attributes():
                    await fill()
            except CallError as error:
                self._post(ListTrouble(str(error)))
            await self.ticker.wait(self._seconds)

    async def _read(self, looking_at: RowKey | None) -> None:
        more, self.more = self.more, False
        snapshot = await (self._listing.load_more() if more else self._listing.refresh(looking_at))
        self._post(ListRead(snapshot))
        if not snapshot.complete or snapshot.chosen != ServerFilter():
            await self._counts.step()


class FocusPoller(Generic[ViewT]):
    """Reads the focused workflow, at once when its history grows and slowly besides."""

    def __init__(
        self,
        gateway: Gateway,
        read: Callable[[Row], Awaitable[tuple[ViewT, list[Action]]]],
        post: Callable[[Message], object],
    ) -> None:
        self._gateway = gateway
        self._read = read
        self._post = post
        self.ticker = Ticker()

    async def run(self, row: Row) -> None:
        """Poll ``row`` until cancelled, less and less often while nobody answers for it."""
        usual = CLOSED_SECONDS if row.closed else SLOW_SECONDS
        pause = usual
        while True:
            try:
                view, actions = await self._read(row)
                self._post(DetailRead(row.key, view, actions))
                pause = usual
            except CallError as error:
                self._post(DetailFailed(row.key, str(error)))
                if isinstance(error, NoAnswerError):
                    pause = max(min(2 * pause, MOST_SECONDS), usual)
            await self.ticker.wait(pause)

    async def follow(self, row: Row) -> None:
        """Follow the history of ``row`` until it ends, and wake the reading when it grows."""
        await asyncio.sleep(FOLLOW_SECONDS)
        while True:
            try:
                first = True
                async for lines in self._gateway.follow(row.key):
                    self._post(HistoryRead(row.key, lines, anew=first))
                    first = False
                    self.ticker.wake()
            except DisconnectedError:
                await asyncio.sleep(SLOW_SECONDS)
            else:
                return


async def fill_rows(
    rows: Iterable[Row], ask: Callable[[str], Awaitable[Summary]], listing: Listing, post: Callable[[Message], object]
) -> None:
    """Ask the given rows for their summaries and show them, a few at a time."""
    for row in listing.least_known(rows)[:FILLED_A_TICK]:
        try:
            listing.answered(row.key, await ask(row.key.workflow_id))
        except CallError:
            listing.asked(row, answered=False)
        else:
            listing.asked(row, answered=True)
    post(ListRead(listing.snapshot()))
