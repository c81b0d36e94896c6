"""Reads what waits for a person: one List call for each system at most per refresh, and Count calls for the tab bar."""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from console.gateway.decoding import RowDecoder
from console.gateway.gateway import Gateway
from console.gateway.query import WorkflowKind
from console.gateway.rows import Row
from console.inbox import queries
from console.inbox.judging import Item, judge
from console.systems.system import ConsoleSystem, kinds_of, system_of
from workflows.shared.errors import RefusedError

AnswerT = TypeVar("AnswerT")

ENDED_INTERVAL = 10.0
"""Seconds between two reads of runs that were ended: they change rarely."""

MAX_ENDED = 50
"""Ended runs of a system that are looked at, the latest first: as many IDs as one query names."""

FULL_READ = 3
"""Refreshes until everything is known: open workflows, ended runs, and whether those were replaced."""

UNSEARCHABLE = "your name has a character that the server cannot find, so requests that wait for you alone are missing"


@dataclass(frozen=True)
class InboxSnapshot:
    """All rows at one moment, the most urgent first. ``complete`` if no system has more than was read."""

    items: tuple[Item, ...]
    complete: bool
    read: bool
    """Whether every system has been read once."""


class SystemReader:
    """Reads one system."""

    def __init__(self, gateway: Gateway, tab: ConsoleSystem[Any, Any]) -> None:
        self.gateway, self.tab = gateway, tab
        self._kinds = kinds_of(tab)
        self._decoder = RowDecoder(gateway, self._workflow_kind)
        self._ended: list[Row] = []
        self._unchecked: list[Row] = []
        self._ended_at = float("-inf")
        self._problems = True
        self._counted: int | None = None
        self.counted_at: float | None = None
        """When it was counted last."""
        self.waiting: list[Row] = []
        self.alone: list[Row] = []
        """Runs that were ended, and that no other run of their workflow has replaced."""
        self.complete = True
        self.read = False

    @property
    def rows(self) -> list[Row]:
        """All rows as known now."""
        return [*self.waiting, *self.alone]

    @property
    def count(self) -> int | None:
        """How many rows there are, as read or counted last; None before."""
        return None if self._counted is None else self._counted + len(self.alone)

    def kind_of(self, row: Row) -> ConsoleSystem[Any, Any]:
        """Return the type of workflow of a row."""
        return next(kind for kind in self._kinds if row.key.workflow_id.startswith(kind.kind.id_prefix))

    def _workflow_kind(self, workflow_id: str) -> WorkflowKind | None:
        system = system_of(workflow_id, (self.tab,))
        return system.kind if system is not None else None

    async def step(self) -> None:
        """Make one List call. Raises ``CallError``."""
        if self._unchecked:
            await self._check()
        elif self.read and time.monotonic() >= self._ended_at + ENDED_INTERVAL:
            await self._read_ended()
        else:
            await self._read_waiting()

    async def count_step(self) -> bool:
        """Count, and return whether the call budget allowed it. Raises ``CallError``."""
        counted = await self._with_problems(self.gateway.count)
        if counted is None:
            return False
        self._counted, self.counted_at = counted, time.monotonic()
        if self._unchecked or time.monotonic() >= self._ended_at + ENDED_INTERVAL:
            count = None if self._unchecked else await self.gateway.count(queries.ended(self._kinds))
            if count == 0:
                self._ended, self.alone, self._ended_at = [], [], time.monotonic()
            elif self.gateway.budget.left and (self._unchecked or count is not None):
                await (self._check() if self._unchecked else self._read_ended())
        return True

    def take(self, waiting: list[Row], alone: list[Row], *, complete: bool = True) -> None:
        """Take the rows as they are now; an incomplete list says nothing of their number."""
        self.waiting, self.alone, self.complete, self.read = waiting, alone, complete, True
        if complete:
            self._counted, self.counted_at = len(waiting), time.monotonic()

    async def _with_problems(self, call: Callable[[str], Awaitable[AnswerT]]) -> AnswerT:
        """Call with the query of open workflows; an older server does not know all of it."""
        now, operator = datetime.now(UTC), self.gateway.operator
        try:
            return await call(queries.waiting(self._kinds, operator, now, problems=self._problems))
        except RefusedError as error:
            if not self._problems or queries.PROBLEMS not in str(error):
                raise
            self._problems = False
        return await call(queries.waiting(self._kinds, operator, now, problems=False))

    async def _read_waiting(self) -> None:
        page = await self._with_problems(self.gateway.list_page)
        self.take(await self._decoder.decode(page.executions), self.alone, complete=not page.next_page_token)

    async def _read_ended(self) -> None:
        page = await self.gateway.list_page(queries.ended(self._kinds), size=MAX_ENDED)
        self._ended_at = time.monotonic()
        self._ended = self._unchecked = await self._decoder.decode(page.executions)
        if not self._ended:
            self.alone = []

    async def _check(self) -> None:
        """Find out which of the ended runs are still their workflow's business item."""
        page = await self.gateway.list_page(
            queries.runs_of(self._kinds, [row.key.workflow_id for row in self._unchecked])
        )
        best: dict[str, Row] = {}
        for row in [*self._unchecked, *await self._decoder.decode(page.executions)]:
            known = best.setdefault(row.key.workflow_id, row)
            if row.rank > known.rank:
                best[row.key.workflow_id] = row
        self.alone = [row for row in self._ended if best[row.key.workflow_id].key == row.key]
        self._unchecked = []

    def forget_gone(self) -> None:
        """Drop what was decoded of rows that are gone."""
        self._decoder.keep({row.key for row in (*self.rows, *self._ended)})


class InboxReader:
    """Reads all systems, one List call each for a refresh."""

    def __init__(self, gateway: Gateway, tabs: Sequence[ConsoleSystem[Any, Any]]) -> None:
        self._gateway = gateway
        self.systems = {tab.name: SystemReader(gateway, tab) for tab in tabs}
        self._tabs = {tab.name: tab for tab in tabs}
        self._turn = deque(self.systems.values())

    async def refresh(self) -> InboxSnapshot:
        """Read each system once. Raises ``CallError``."""
        for system in self.systems.values():
            await system.step()
            system.forget_gone()
        return self.snapshot()

    async def read_all(self) -> InboxSnapshot:
        """Read everything once. Raises ``CallError``."""
        for _ in range(FULL_READ):
            await self.refresh()
        return self.snapshot()

    def snapshot(self) -> InboxSnapshot:
        """Return what is known now."""
        items = [
            item for name, system in self.systems.items() for row in system.rows if (item := self.judge(name, row))
        ]
        complete = all(system.complete for system in self.systems.values())
        read = all(system.read for system in self.systems.values())
        return InboxSnapshot(tuple(sorted(items, key=lambda item: item.order)), complete, read)

    def judge(self, tab: str, row: Row) -> Item | None:
        """Return why a person must look at a row of a system, None if nobody must."""
        kind = self.systems[tab].kind_of(row)
        return judge(row, kind, self._tabs[tab], self._gateway.operator, datetime.now(UTC))

    async def count(self) -> None:
        """Count each system, as far as the call budget allows: next time it goes on there. Raises ``CallError``."""
        for _ in range(len(self._turn)):
            if not await self._turn[0].count_step():
                return
            self._turn.rotate(-1)

    @property
    def count_age(self) -> float | None:
        """Seconds since the system was counted that has waited the longest; None before all were."""
        moments = [system.counted_at for system in self.systems.values()]
        known = [moment for moment in moments if moment is not None]
        return time.monotonic() - min(known) if len(known) == len(moments) else None

    @property
    def total(self) -> int | None:
        """How many rows there are in all; None while that is not known."""
        counts = [system.count for system in self.systems.values()]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None
