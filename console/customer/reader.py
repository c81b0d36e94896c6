"""Reads everything of one person. A source that does not answer holds up no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from console.customer.sources import BelongingSource, OwnedSource, PersonItem, RecordSource, Source
from console.gateway.gateway import Gateway
from console.gateway.query import ServerFilter
from console.systems.person import PersonEntry, PersonRecord
from console.systems.system import ConsoleSystem, kinds_of
from workflows.shared.errors import CallError

NO_ATTRIBUTES = "not searched: this namespace lacks the search attributes; uv run tconsole doctor says how to add them"
BY_ID = "by this ID alone, which is taken for one person in every system"
NOT_INDEXED = "names and e-mail addresses are not indexed: nothing under another ID of the person is here"


@dataclass(frozen=True)
class Person:
    """What is known of a person at one moment."""

    person_id: str
    contact: Sequence[str]
    sources: Sequence[Source]

    @property
    def items(self) -> list[PersonItem]:
        """All workflows, each once."""
        every = [item for source in self.sources for item in source.items]
        return list({item.row.key.workflow_id: item for item in reversed(every)}.values())[::-1]

    @property
    def entries(self) -> list[PersonEntry]:
        """What happened besides."""
        return [entry for source in self.sources for entry in source.entries]


class PersonReader:
    """Reads the sources of a person in ``tabs``."""

    def __init__(self, gateway: Gateway, tabs: Sequence[ConsoleSystem[Any, Any]], person_id: str) -> None:
        self._gateway, self._tabs = gateway, tabs
        self.person_id = person_id
        self._contact: Sequence[str] = ()
        self._contact_of: str | None = None
        self.lists: list[Source] = []
        self.records: list[RecordSource] = []
        for tab in tabs:
            self.lists += self._lists_of(tab)
            recorded = (kind for kind in kinds_of(tab) if kind.person and kind.person.record)
            self.records += [self._record_of(kind, tab) for kind in recorded]

    def _record_of(self, kind: ConsoleSystem[Any, Any], tab: ConsoleSystem[Any, Any]) -> RecordSource:
        async def ask() -> PersonRecord | None:
            client = self._gateway.domain(kind.client)
            return await kind.person.record(client, self.person_id) if kind.person and kind.person.record else None

        role = kind.person.role if kind.person else kind.noun
        return RecordSource(f"{role} of {tab.title.lower()}", ask)

    def _lists_of(self, tab: ConsoleSystem[Any, Any]) -> Iterator[Source]:
        if tab.person is None or tab.person.record is not None:
            return
        owned = OwnedSource(
            self._gateway, tab, f"{tab.person.role} of {tab.title.lower()}", ServerFilter(owner=self.person_id)
        )
        yield owned
        if tab.for_people:
            asked = ServerFilter(waiting_for=self.person_id)
            yield OwnedSource(self._gateway, tab, f"who must decide {tab.title.lower()}", asked)
        if any(kind.belongs_to is not None for kind in tab.beside):
            yield BelongingSource(self._gateway, tab, owned)

    @property
    def person(self) -> Person:
        """What is known now."""
        return Person(self.person_id, self._contact, [*self.lists, *self.records])

    async def read(self, source: Source) -> None:
        """Read one source again, and note why it cannot be read."""
        try:
            if source in self.lists and not await self._gateway.knows_attributes():
                source.failure = NO_ATTRIBUTES
            else:
                await source.step()
        except CallError as error:
            source.failure = str(error)

    async def read_more(self) -> None:
        """Read the next page of every list that has one, and what belongs to it."""
        for source in self.lists:
            try:
                await source.more()
                if isinstance(source, BelongingSource):
                    await source.step()
            except CallError as error:
                source.failure = str(error)

    async def read_contact(self) -> None:
        """Ask the latest item that has them for the person's name and addresses: once for each item."""
        asked = [
            (item, item.kind.person.contact)
            for item in self.person.items
            if item.kind.person is not None and item.kind.person.contact is not None
        ]
        latest, contact = max(asked, key=lambda pair: pair[0].row.started_at, default=(None, None))
        if latest is None or contact is None or latest.row.key.workflow_id == self._contact_of:
            return
        key = latest.row.key
        self._contact_of = key.workflow_id
        try:
            client = self._gateway.domain(latest.kind.client)
            snapshot = await client.get_snapshot(key.workflow_id, latest.kind.view, run_id=key.run_id)
        except CallError:
            self._contact = [latest.row.title]  # the row has the name alone
        else:
            self._contact = contact(snapshot.view)

    @property
    def limits(self) -> list[str]:
        """What cannot be known, in words."""
        of_lists = [tab.person.limit for tab in self._tabs if tab.person is not None and tab.person.limit]
        of_records = [source.record.limit for source in self.records if source.record and source.record.limit]
        return [NOT_INDEXED, *of_lists, *of_records]
