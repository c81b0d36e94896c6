"""One system under test: items with any number of runs, and what must hold in the store whatever they go through."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar, TypeAlias

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import WorkflowAlreadyStartedError

from tests.integrity.disruptions import Disruption, Kind, disrupt, status_of
from workers.store.engine import Store
from workers.store.items import SqlItems
from workflows.shared.errors import CallError
from workflows.shared.items import ItemRecord

Step: TypeAlias = Callable[[], Awaitable[object]]
Event: TypeAlias = int | Disruption
"""A step of the system by its number, or a disruption."""


class Subject(ABC):
    """Items of one system on a real server."""

    steps: ClassVar[int]

    def __init__(self, client: Client, store: Store) -> None:
        self.client = client
        self.items = SqlItems(store)
        self.outcomes: dict[str, ItemRecord] = {}
        """The first outcome seen of each finished item."""

    @property
    @abstractmethod
    def workflow_ids(self) -> Sequence[str]:
        """The workflows that disruptions hit."""

    @property
    @abstractmethod
    def item_ids(self) -> Sequence[str]:
        """Those of them whose outcome the store keeps."""

    @abstractmethod
    async def start(self, workflow_id: str) -> None:
        """Start a workflow as anybody may: with no ID policies."""

    @abstractmethod
    async def step(self, number: int) -> None:
        """Do something that the system may refuse."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until the store has all that was answered."""

    @abstractmethod
    async def end(self) -> None:
        """Bring what still runs to its end."""

    @abstractmethod
    async def check(self) -> None:
        """Check the store."""

    async def run(self, events: Sequence[Event]) -> None:
        """Let everything happen, bring all items to their end and check them."""
        for event in events:
            if isinstance(event, int):
                with suppress(CallError):  # an item that has ended, or that nobody has started again
                    await self.step(event % self.steps)
            else:
                await self._disrupt(event)
            await self._look()
        await self._end()
        await self._look()
        await self.check()

    async def _disrupt(self, disruption: Disruption) -> None:
        await self.settle()
        workflow_id = self.workflow_ids[disruption.item % len(self.workflow_ids)]
        if disruption.kind is Kind.REPEAT:
            await self._start(workflow_id)
        else:
            await disrupt(self.client, workflow_id, disruption)

    async def _start(self, workflow_id: str) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await self.start(workflow_id)

    async def _look(self) -> None:
        """Compare the outcomes with those that were seen before."""
        for item_id in self.workflow_ids:
            record = await self.items.find(item_id)
            if record is not None and record.finished:
                first = self.outcomes.setdefault(item_id, record)
                assert record.status == first.status, f"{item_id} was {first.status} and is {record.status}"

    async def _end(self) -> None:
        for item_id in self.item_ids:
            while (await self._record(item_id)) is None:
                if await status_of(self.client, item_id) is not WorkflowExecutionStatus.RUNNING:
                    await self._start(item_id)
                await self.end()
                with suppress(WorkflowFailureError):
                    await self.client.get_workflow_handle(item_id).result()

    async def _record(self, item_id: str) -> ItemRecord | None:
        record = await self.items.find(item_id)
        return record if record and record.finished else None
