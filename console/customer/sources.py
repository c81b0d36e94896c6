"""Where a person's items are read: each source is a list of one type of workflow, or one system's record."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.gateway.decoding import RowDecoder
from console.gateway.everything import BUDGET_INTERVAL, each_once
from console.gateway.gateway import Gateway
from console.gateway.listing import Listing, ListSnapshot
from console.gateway.query import ServerFilter, WorkflowKind, filtered
from console.gateway.rows import Row
from console.listing.filtering import RowFilter
from console.systems.person import PersonEntry, PersonRecord
from console.systems.system import ConsoleSystem, system_of
from workflows.shared import summary
from workflows.shared.list_filter import quote, searchable

OWNERS_OF_QUERY = 50
"""Items whose payments one List call asks for."""

UNSEARCHABLE = "the server cannot find an ID with a quotation mark or a backslash"


@dataclass(frozen=True)
class PersonItem:
    """One workflow of a person: its row, its type, and the tab of its system."""

    row: Row
    kind: ConsoleSystem[Any, Any]
    tab: ConsoleSystem[Any, Any]


class Source:
    """What was read of one source so far. ``role`` is what the person is to it, in words."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.read = False
        self.failure = ""
        """Why it could not be read last, empty if it could."""

    @property
    def items(self) -> Sequence[PersonItem]:
        """The workflows that were found."""
        return ()

    @property
    def entries(self) -> Sequence[PersonEntry]:
        """What happened besides."""
        return ()

    @property
    def missing_before(self) -> datetime | None:
        """Of what happened before this moment some may not be read; None if all is."""
        return None

    @property
    def found(self) -> str:
        """How much was found, in words."""
        return f"{len(self.items):,}"

    async def step(self) -> None:
        """Read again what may have changed. Raises ``CallError``."""
        raise NotImplementedError

    async def more(self) -> None:
        """Read on, if there is more. Raises ``CallError``."""


class OwnedSource(Source):
    """The workflows of one type that are a person's, or that wait for the person."""

    def __init__(self, gateway: Gateway, tab: ConsoleSystem[Any, Any], role: str, chosen: ServerFilter) -> None:
        super().__init__(role)
        self._gateway, self._tab, self._chosen = gateway, tab, chosen
        self._listing = Listing(gateway, tab.kind)
        self._listing.choose(chosen)
        self._rows: Sequence[Row] = ()
        self._complete = False
        self._total: int | None = None
        person = chosen.owner or chosen.waiting_for or ""
        if not searchable(person):
            self.failure = f"not searched: {UNSEARCHABLE}"

    @property
    def items(self) -> Sequence[PersonItem]:
        """The workflows that were found, open ones first."""
        return [PersonItem(row, self._tab, self._tab) for row in self._rows]

    @property
    def missing_before(self) -> datetime | None:
        """When the last of them ended that was read; while only open ones were read, nothing is sure."""
        if self._complete or not self._rows:
            return None
        return self._rows[-1].closed_at or datetime.max.replace(tzinfo=self._rows[-1].started_at.tzinfo)

    @property
    def found(self) -> str:
        """How many were read, of how many."""
        read = f"{len(self._rows):,}"
        if self._complete:
            return read
        return f"{read} read, and more" if self._total is None else f"{read} of {self._total:,} read"

    async def step(self) -> None:
        """Read a page again."""
        if self.failure and not self.read and UNSEARCHABLE in self.failure:
            return
        self._take(await self._listing.refresh())
        if not self._complete:
            counted = await self._gateway.count(filtered(self._tab.kind, self._chosen))
            self._total = self._total if counted is None else counted

    async def more(self) -> None:
        """Read the next page."""
        if self.read and not self._complete:
            self._take(await self._listing.load_more())

    def _take(self, snapshot: ListSnapshot) -> None:
        self._rows = RowFilter(self._chosen).rows(snapshot.rows)
        self._complete, self.read, self.failure = snapshot.complete, True, ""


class BelongingSource(Source):
    """What belongs to the items of another source, such as the payments of a person's orders."""

    def __init__(self, gateway: Gateway, tab: ConsoleSystem[Any, Any], of: OwnedSource) -> None:
        kinds = [kind for kind in tab.beside if kind.belongs_to is not None]
        super().__init__(" and ".join(f"{kind.noun}s" for kind in kinds) + f" of these {tab.noun}s")
        self._gateway, self._tab, self._kinds, self._of = gateway, tab, kinds, of
        self._decoder = RowDecoder(gateway, self._kind_of)
        self._rows: dict[str, Row] = {}
        self._asked: set[str] = set()
        self._unsearched: set[str] = set()

    def _kind_of(self, workflow_id: str) -> WorkflowKind | None:
        found = system_of(workflow_id, self._kinds)
        return found.kind if found is not None else None

    @property
    def items(self) -> Sequence[PersonItem]:
        """The workflows that were found, newest first."""
        rows = sorted(self._rows.values(), key=lambda row: row.started_at, reverse=True)
        kinds = ((row, system_of(row.key.workflow_id, self._kinds)) for row in rows)
        return [PersonItem(row, kind, self._tab) for row, kind in kinds if kind is not None]

    @property
    def found(self) -> str:
        """How many were found, and for how many items nobody could ask."""
        left = f", not of {len(self._unsearched):,} with IDs that cannot be searched" if self._unsearched else ""
        return f"{len(self._rows):,}{left}"

    async def step(self) -> None:
        """Read what belongs to items that are new, and again to the latest ones."""
        owners = [item.row.business_id for item in self._of.items]
        self._unsearched |= {owner for owner in owners if not searchable(owner)}
        known = [owner for owner in owners if searchable(owner)]
        new = [owner for owner in known if owner not in self._asked]
        for batch in _batches(dict.fromkeys([*known[:OWNERS_OF_QUERY], *new])):
            await self._ask(batch)
        self.read, self.failure = self._of.read, ""

    async def _ask(self, owners: Sequence[str]) -> None:
        token, rows = b"", list[Row]()
        while True:
            page = await self._gateway.spare_page(self._query(owners), token, self._gateway.page_size)
            if page is None:
                await asyncio.sleep(BUDGET_INTERVAL)
                continue
            rows += await self._decoder.decode(page.executions)
            token = page.next_page_token
            if not token:
                break
        wanted = {*owners}
        for row in each_once([row for row in rows if row.owner in wanted]):
            self._rows[row.key.workflow_id] = row
        self._asked |= wanted

    def _query(self, owners: Iterable[str]) -> str:
        types = ", ".join(quote(kind.kind.workflow_type) for kind in self._kinds)
        listed = ", ".join(quote(summary.fitting(owner)) for owner in owners)
        return (
            f"WorkflowType IN ({types}) AND {summary.OWNER.name} IN ({listed}) AND ExecutionStatus != 'ContinuedAsNew'"
        )


class RecordSource(Source):
    """What a system knows of a person besides lists; ``ask`` asks it."""

    def __init__(self, role: str, ask: Callable[[], Awaitable[PersonRecord | None]]) -> None:
        super().__init__(role)
        self._ask = ask
        self.record: PersonRecord | None = None

    @property
    def entries(self) -> Sequence[PersonEntry]:
        """What happened, as the record has it."""
        return self.record.entries if self.record is not None else ()

    @property
    def found(self) -> str:
        """Whether there is somebody of that ID."""
        return "nobody of this ID" if self.record is None else "known"

    async def step(self) -> None:
        """Ask the system."""
        self.record = await self._ask()
        self.read, self.failure = True, ""


def _batches(owners: Iterable[str]) -> Iterable[Sequence[str]]:
    every = [*owners]
    return (every[start : start + OWNERS_OF_QUERY] for start in range(0, len(every), OWNERS_OF_QUERY))
