"""Reads the workflow in focus again when its history says that something happened, and slowly besides."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from textual.message import Message

from console.gateway.gateway import Gateway
from console.gateway.history import HistoryLine
from console.gateway.rows import Row, RowKey
from console.gateway.ticker import Ticker
from workflows.shared.errors import CallError, NoAnswerError
from workflows.shared.snapshot import Snapshot

FOLLOW_DELAY = 0.4
"""Seconds that the cursor stays on a row before its history is followed."""

POLL_INTERVAL = 5.0
"""Seconds between two reads when nothing is known to have happened."""

CLOSED_POLL_INTERVAL = 60.0

MAX_POLL_INTERVAL = 30.0
"""Back-off ceiling when no worker answers; unanswered queries pile up on the server."""

UNKNOWN = -1
"""The history length known while nobody answers: then any event wakes the poll, since a worker may be back."""


class FocusRead(Message):
    """A run was read: its answer, why it did not answer, why it was ended, or the next page of its history."""

    def __init__(self, key: RowKey, content: Snapshot[Any] | CallError | str | Sequence[HistoryLine]) -> None:
        super().__init__()
        self.key, self.content = key, content


class FocusReader:
    """Reads one workflow. ``read`` queries it; ``post`` takes the messages."""

    def __init__(
        self,
        gateway: Gateway,
        row: Row,
        read: Callable[[Row], Awaitable[Snapshot[Any]]],
        post: Callable[[Message], object],
    ) -> None:
        self._gateway, self._row = gateway, row
        self._read, self._post = read, post
        self._known = UNKNOWN
        self._needed = 0
        self._held = False
        self.ticker = Ticker()

    def know(self, history_length: int) -> None:
        """Note that a snapshot of this history length is on the screen: what it includes causes no more query."""
        self._known = max(history_length, self._known)
        if self._needed <= self._known:
            self.ticker.forget()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Leave new events to a command that is under way: it ends with a snapshot of its own."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._wake_if_needed()

    async def run(self) -> None:
        """Poll until cancelled, less and less often while nobody answers."""
        usual = CLOSED_POLL_INTERVAL if self._row.closed else POLL_INTERVAL
        interval = usual
        while True:
            try:
                snapshot = await self._read(self._row)
            except CallError as error:
                self._known = UNKNOWN
                self._post(FocusRead(self._row.key, error))
                if isinstance(error, NoAnswerError):
                    interval = max(min(2 * interval, MAX_POLL_INTERVAL), usual)
            else:
                self.know(snapshot.history_length)
                self._post(FocusRead(self._row.key, snapshot))
                interval = usual
            await self.ticker.wait(interval)

    async def follow(self) -> None:
        """Follow the history until the run ends, and wake the poll when something happened."""
        await asyncio.sleep(FOLLOW_DELAY)
        while True:
            try:
                async for lines in self._gateway.follow(self._row.key):
                    self._post(FocusRead(self._row.key, lines))
                    self._needed = max(self._needed, *(line.known_from for line in lines))
                    self._wake_if_needed()
            except CallError:
                await asyncio.sleep(POLL_INTERVAL)
            else:
                return

    def _wake_if_needed(self) -> None:
        if self._needed > self._known and not self._held:
            self.ticker.wake()
