"""Reads what the screen of a history shows, and posts it as messages."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from textual.message import Message

from console.gateway.events.description import RunDescription, RunInfo
from console.gateway.events.event import Event
from console.gateway.events.run_history import RunHistory
from console.gateway.gateway import Gateway
from console.gateway.rows import RowKey
from console.gateway.ticker import Ticker
from console.systems.system import ConsoleSystem
from workflows.shared.actions import Viewer
from workflows.shared.errors import CallError, NotFoundError
from workflows.shared.timeline import TimelineEntry

RETRY_SECONDS = 3.0
DESCRIBE_INTERVAL = 2.0
"""Seconds between two looks at what is under way in a run."""
BUSINESS_INTERVAL = 30.0
"""Seconds between two queries where nothing is known to have happened."""
BUSINESS_PAUSE = 0.5
"""Seconds that a query waits for further events after one."""
LIST_LAGS = (0.0, 0.5, 2.0)
"""Seconds before each look for a run that has just begun: the server's list may lag."""


class EventsRead(Message):
    """The next events of the run."""

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__()
        self.events = events


class Described(Message):
    """What the server says of the run now."""

    def __init__(self, description: RunDescription) -> None:
        super().__init__()
        self.description = description


class BusinessRead(Message):
    """The business timeline and the IDs of related workflows; or why they are not known."""

    def __init__(self, entries: Sequence[TimelineEntry], related: Sequence[str], problem: str = "") -> None:
        super().__init__()
        self.entries, self.related, self.problem = entries, related, problem


class RunsRead(Message):
    """The runs of the workflow ID, newest first; None where the server cannot tell."""

    def __init__(self, runs: Sequence[RunInfo] | None) -> None:
        super().__init__()
        self.runs = runs


class ReadFailed(Message):
    """Why the history cannot be read now; empty once it can."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class HistoryReader:
    """Reads one run. Each method is for a worker of its own; ``post`` takes the messages."""

    def __init__(
        self, gateway: Gateway, history: RunHistory, system: ConsoleSystem[Any, Any] | None, post: Callable[..., object]
    ) -> None:
        self._gateway, self._history, self._system, self._post = gateway, history, system, post
        self._failed = False
        self._business = Ticker()

    async def events(self) -> None:
        """Read the history, and follow it until the run ends."""
        while True:
            try:
                async for events in self._history.pages():
                    self._said("")
                    if events:
                        self._post(EventsRead(events))
                        self._business.wake()
            except NotFoundError as error:
                self._said(str(error))
                return
            except CallError as error:
                self._said(f"{error}; it is read again")
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def description(self) -> None:
        """Ask what is under way, until the run has ended."""
        while True:
            try:
                description = await self._history.describe()
            except NotFoundError:
                return
            except CallError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._post(Described(description))
            if not description.running:
                return
            await asyncio.sleep(DESCRIBE_INTERVAL)

    async def business(self) -> None:
        """Query the business timeline whenever something has happened."""
        system = self._system
        if system is None or system.timeline is None:
            return
        while True:
            self._business.forget()
            try:
                view = await self._view(system, self._history.key)
            except CallError as error:
                self._post(BusinessRead((), (), str(error)))
            else:
                related = system.related(view) if system.related is not None else ()
                self._post(BusinessRead(system.timeline(view), related))
                if self._history.ended:
                    return
            await self._business.wait(BUSINESS_INTERVAL)
            await asyncio.sleep(BUSINESS_PAUSE)

    async def runs(self) -> None:
        """List the runs of the workflow ID."""
        try:
            self._post(RunsRead(await self._gateway.runs(self._history.key.workflow_id)))
        except CallError:
            return  # the title then does not number the run

    async def new_runs(self) -> None:
        """List the runs again, until the server's list should have the one that has just begun."""
        for seconds in LIST_LAGS:
            await asyncio.sleep(seconds)
            await self.runs()

    async def _view(self, system: ConsoleSystem[Any, Any], key: RowKey) -> Any:  # noqa: ANN401 - the system's view
        client = self._gateway.domain(system.client)
        viewer = Viewer(person=self._gateway.operator)
        snapshot = await client.get_snapshot(key.workflow_id, system.view, viewer, run_id=key.run_id or None)
        return snapshot.view

    def _said(self, reason: str) -> None:
        if reason or self._failed:
            self._post(ReadFailed(reason))
        self._failed = bool(reason)
