"""The gateway: every call of the screen to Temporal goes through here."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    ListWorkflowExecutionsRequest,
    ListWorkflowExecutionsResponse,
)
from temporalio.client import Client
from temporalio.converter import DataConverter

from console.gateway.attributes import read_attributes
from console.gateway.budget import CallBudget
from console.gateway.call_meter import CallKind
from console.gateway.ending import read_ending
from console.gateway.health import CALL_TIMEOUT, Health
from console.gateway.history import HistoryLine, follow
from console.gateway.latest_run import find_latest_run
from console.gateway.marks import EventMark, find_event
from console.gateway.read_only import ReadOnlyError
from console.gateway.rows import RowKey
from console.gateway.under_way import read_under_way
from console.start.state import SessionState
from workflows.runtime.pollers import seen_pollers
from workflows.shared import summary
from workflows.shared.errors import RefusedError
from workflows.shared.list_filter import quote, searchable

if TYPE_CHECKING:
    from console.gateway.events.description import RunInfo
    from console.gateway.events.run_history import RunHistory
    from console.gateway.operations import RunOperations
    from console.gateway.query import WorkflowKind
    from console.gateway.run_look import RunLook
    from console.gateway.server_status import ServerStatusReader
    from console.journal.book import Journal

DomainT = TypeVar("DomainT")
ModelT = TypeVar("ModelT", bound=BaseModel)
Start: TypeAlias = Callable[[DomainT, ModelT], Awaitable[str]]

MAX_RUNS = 200
"""Runs of one workflow ID that are listed."""


class Connection(Protocol):
    """What a gateway needs of a session; both may change while it is open."""

    @property
    def client(self) -> Client:
        """The client."""

    @property
    def state(self) -> SessionState:
        """The state of server and workers."""


class Gateway:
    """Owns the connection's health and the call budget. ``operator`` is who acts, ``person`` who began.

    What they do is written into ``journal``; ``journal_trouble`` is told why it cannot be, or nothing once it can.
    """

    def __init__(self, session: Connection, *, operator: str, page_size: int) -> None:
        self._session = session
        self._attributes: bool | None = None
        self.operator = self.person = operator
        self.journal_path: Path | None = None
        """The journal's file; None keeps it in memory."""
        self.journal_trouble: Callable[[str], object] = lambda _: None
        self.people: Sequence[str] | None = None
        """IDs of the first people in the company's directory; None while that is not known."""
        self.read_only = False
        """Whether calls of Temporal's own operations on runs are refused."""
        self.page_size = page_size
        self.health = Health()
        self.budget = CallBudget()

    @property
    def state(self) -> SessionState:
        """The state of the session."""
        return self._session.state

    @cached_property
    def journal(self) -> "Journal":
        """The journal. The first action needs it, not the start of the console."""
        from console.journal.book import Journal

        return Journal(self.journal_path)

    @property
    def without_attributes(self) -> bool:
        """Whether the namespace is known to lack the search attributes."""
        return self.state.search_attributes is False or self._attributes is False

    @property
    def converter(self) -> DataConverter:
        """The converter of the connection as it is now."""
        return self._session.client.data_converter

    def domain(self, kind: Callable[[Client], DomainT]) -> DomainT:
        """Return a domain client on the connection as it is now; for one call, since the connection may be replaced."""
        self.health.calls.count(CallKind.WORKFLOWS)
        return kind(self._session.client)

    async def list_page(
        self, query: str, token: bytes = b"", size: int | None = None
    ) -> ListWorkflowExecutionsResponse:
        """Return one page of the workflows that match ``query``, of the usual size if no other is given.

        Raises:
            CallError: the server refused the query or did not answer.
        """
        self.budget.spend()
        return await self._list(query, token, size or self.page_size)

    async def spare_page(self, query: str, token: bytes, size: int) -> ListWorkflowExecutionsResponse | None:
        """Return one page of ``size``, None when the call budget is used up for now. Raises ``CallError``."""
        return await self._list(query, token, size) if self.budget.take() else None

    async def _list(self, query: str, token: bytes, size: int) -> ListWorkflowExecutionsResponse:
        client = self._session.client
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace, page_size=size, next_page_token=token, query=query
        )
        async with self.health.watch(CallKind.LISTS):
            return await client.workflow_service.list_workflow_executions(request, timeout=CALL_TIMEOUT)

    async def count(self, query: str) -> int | None:
        """Return how many workflows match ``query``, None when the call budget is used up for now.

        Raises:
            CallError: the server refused the query or did not answer.
        """
        if not self.budget.take():
            return None
        client = self._session.client
        request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
        async with self.health.watch(CallKind.LISTS):
            answer = await client.workflow_service.count_workflow_executions(request, timeout=CALL_TIMEOUT)
        return answer.count

    async def is_polled(self, task_queue: str) -> bool:
        """Return whether a worker polls a task queue for workflow tasks.

        Raises:
            CallError: the server did not answer, or does not let us ask.
        """
        async with self.health.watch():
            return bool(await seen_pollers(self._session.client, task_queue))

    async def knows_attributes(self) -> bool:
        """Return whether the namespace knows the search attributes. Asks the server if the session does not know.

        Raises:
            CallError: the server did not answer.
        """
        if self.state.search_attributes is not None:
            return self.state.search_attributes
        if self._attributes is None:
            try:
                await self.count(f"{summary.WAITING_FOR.name} = {quote(self.operator)}")
            except RefusedError:
                self._attributes = False
            else:
                self._attributes = True
        return self._attributes

    def server_status(self) -> "ServerStatusReader":
        """Return what reads the state of server, task queues and workers."""
        from console.gateway.server_status import ServerStatusReader  # rarely needed

        return ServerStatusReader(self._session.client, self.health)

    async def attribute_types(self) -> dict[str, str]:
        """Return the types of the namespace's search attributes by name.

        Raises:
            CallError: the server did not answer, or does not tell.
        """
        async with self.health.watch():
            return await read_attributes(self._session.client)

    def follow(self, key: RowKey, *, wait: bool = True) -> AsyncIterator[list[HistoryLine]]:
        """Yield the run's history, then with ``wait`` new events as they happen, until the run ends."""
        return follow(self._session.client, key, wait=wait, calls=self.health.calls)

    def history(self, key: RowKey) -> "RunHistory":
        """Return the whole history of a run, to be read."""
        from console.gateway.events.run_history import RunHistory  # needed when a history is first opened

        return RunHistory(self._session.client, self.health, key)

    def operations(self, key: RowKey) -> "RunOperations":
        """Return Temporal's own operations on a run, in the operator's name."""
        from console.gateway.operations import RunOperations  # rarely needed

        return RunOperations(self._session.client, self.health, key, self.operator, read_only=self.read_only)

    async def look_at_run(self, key: RowKey, kind: "WorkflowKind") -> "RunLook":
        """Return what the server says of a run, the latest one where the run ID is empty. Raises ``CallError``."""
        from console.gateway.run_look import look_at_run

        async with self.health.watch():
            return await look_at_run(self._session.client, key, kind)

    async def can_pause(self) -> bool:
        """Return whether the server can pause workflows. Raises ``CallError``."""
        from console.gateway.run_look import can_pause

        async with self.health.watch():
            return await can_pause(self._session.client)

    async def start_again(
        self, key: RowKey, kind: Callable[[Client], DomainT], model: type[ModelT], start: Start[DomainT, ModelT]
    ) -> str:
        """Start a workflow through its domain client, with what the run ``key`` was started with.

        Raises:
            CallError: the domain refuses it, the input is not known any more, or no answer came.
        """
        from console.gateway.run_look import read_input

        if self.read_only:
            raise ReadOnlyError
        async with self.health.watch():
            request = await read_input(self._session.client, key, model)
        return await start(self.domain(kind), request)

    async def runs(self, workflow_id: str) -> "list[RunInfo] | None":
        """Return the runs of a workflow ID, the latest 200 at most, newest first; None where the ID is not searchable.

        Raises:
            CallError: the server did not answer.
        """
        from console.gateway.events.description import run_info

        if not searchable(workflow_id):
            return None
        page = await self.list_page(f"WorkflowId = {quote(workflow_id)}", size=MAX_RUNS)
        return sorted(map(run_info, page.executions), key=lambda run: run.started_at, reverse=True)

    async def latest_run(self, workflow_id: str) -> RowKey | None:
        """Return the latest run of a workflow ID, None if there is none.

        Raises:
            CallError: the server did not answer.
        """
        async with self.health.watch():
            return await find_latest_run(self._session.client, workflow_id)

    async def existing(self, workflow_ids: Sequence[str]) -> list[str]:
        """Return those of a few workflow IDs that the server knows; one that it cannot search for is taken as known.

        Raises:
            CallError: the server did not answer.
        """
        wanted = [workflow_id for workflow_id in workflow_ids if searchable(workflow_id)][:MAX_RUNS]
        if not wanted:
            return list(workflow_ids)
        page = await self.list_page(f"WorkflowId IN ({', '.join(map(quote, wanted))})", size=MAX_RUNS)
        missing = {*wanted} - {info.execution.workflow_id for info in page.executions}
        return [workflow_id for workflow_id in workflow_ids if workflow_id not in missing]

    async def event_of(self, workflow_id: str, call_id: str) -> EventMark | None:
        """Return the event that a call has just made, None if it is not found. One call for an action: it never waits.

        Raises:
            CallError: the server did not answer.
        """
        self.budget.spend()
        async with self.health.watch():
            return await find_event(self._session.client, workflow_id, call_id)

    async def under_way(self, workflow_id: str) -> str:
        """Return what the latest run of a workflow is doing now; empty if it only waits, or has ended.

        Raises:
            CallError: the server did not answer.
        """
        async with self.health.watch():
            return await read_under_way(self._session.client, workflow_id)

    async def ending(self, key: RowKey) -> str:
        """Return why a closed run failed or was terminated, empty if it does not say.

        Raises:
            CallError: the server did not answer.
        """
        async with self.health.watch():
            return await read_ending(self._session.client, key)
