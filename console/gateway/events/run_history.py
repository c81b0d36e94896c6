"""The history of one run: read page by page from its begin, then followed as it grows."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryRequest,
    GetWorkflowExecutionHistoryResponse,
)
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from console.gateway.call_meter import CallKind
from console.gateway.events.description import RunDescription, describe
from console.gateway.events.documents import Document, DocumentReader
from console.gateway.events.event import Event
from console.gateway.events.parsing import parse
from console.gateway.health import CALL_TIMEOUT, Health
from console.gateway.rows import RowKey
from workflows.shared.errors import CallError, DisconnectedError, NotFoundError

FIRST_PAGE, PAGE = 20, 100
"""Page sizes. The server counts transactions, each of some events: the first page fills a screen."""

PAINT_SECONDS = 0.03
"""Time that the first screen has to be drawn before the other events are read."""
PARSE_BATCH = 100
"""Events parsed before keys get a turn: about 2 ms."""

PAYLOAD_FIELDS = frozenset({"input", "args", "result", "details", "outcome", "success", "payloads", "accepted_request"})
"""Fields on the way to the payloads that are the business's own."""

POLL_TIMEOUT = timedelta(seconds=30)
"""Of a call that waits for an event: the server answers after 20 s in any case."""


class RunHistory:
    """Reads one run. ``key`` may leave the run ID empty, until the server has named the latest run."""

    def __init__(self, client: Client, health: Health, key: RowKey) -> None:
        self._client, self._health = client, health
        self.key = key
        self._documents = DocumentReader(client.data_converter)
        self._events: list[HistoryEvent] = []
        self._described: DescribeWorkflowExecutionResponse | None = None
        self._token = b""
        self._first: asyncio.Task[GetWorkflowExecutionHistoryResponse] | None = None
        self.ended = False
        """Whether no event can follow."""

    def begin(self) -> None:
        """Ask for the first page now, so that it comes while the screen is being laid out."""
        if self._first is None and self.key.run_id:
            self._first = asyncio.create_task(self._page(FIRST_PAGE))
            self._first.add_done_callback(lambda task: task.cancelled() or task.exception())

    @property
    def complete(self) -> bool:
        """Whether everything has been read that had happened when the run was last described."""
        length = self._described.workflow_execution_info.history_length if self._described else 0
        return self.ended or len(self._events) >= length > 0

    async def pages(self) -> AsyncIterator[list[Event]]:
        """Yield the events, at most a page at a time, then new ones as they come, until the run has ended.

        An empty list says that a wait brought nothing. After an error it may be called again, and goes on.

        Raises:
            CallError: there is no such run, or the server cannot be reached.
        """
        if not self.key.run_id:
            self.key = (await self.describe()).key
        while not self.ended:
            try:
                page = await self._next_page()
            except RPCError as error:
                raise _failure(error, self.key) from error
            except TimeoutError as error:
                raise DisconnectedError("the server does not answer in time") from error
            self.ended = not page.next_page_token
            self._token = page.next_page_token
            new, first = page.history.events, not self._events
            self._events += new
            parsed: list[Event] = []
            for start in range(0, len(new), PARSE_BATCH):
                parsed += map(parse, new[start : start + PARSE_BATCH])
                if first and not start:  # a screen has no more lines: the others come while it is being drawn
                    yield parsed
                    parsed = []
                    await asyncio.sleep(PAINT_SECONDS)
                await asyncio.sleep(0)
            yield parsed

    async def describe(self) -> RunDescription:
        """Return what the server says of the run now. Raises ``CallError``."""
        request = DescribeWorkflowExecutionRequest(namespace=self._client.namespace, execution=self._execution)
        async with self._health.watch():
            answer = await self._client.workflow_service.describe_workflow_execution(request, timeout=CALL_TIMEOUT)
        self._described = answer
        return describe(answer)

    async def documents(self, event_ids: Sequence[int], activity_id: str = "") -> list[Document]:
        """Return events in full, behind the pending activity of that ID if there is one."""
        under_way = self._described.pending_activities if self._described and activity_id else ()
        pending = [one for one in under_way if one.activity_id == activity_id]
        read = [await self._documents.read(one, "under way now") for one in pending]
        for event_id in event_ids:
            event = self._events[event_id - 1]
            words = parse(event)
            read.append(await self._documents.read(_attributes(event), f"{event_id} {words.kind}", words.at))
        return read

    def payload_bytes(self, event_ids: Sequence[int]) -> bytes:
        """Return what tells these events from others with the same meaning: their payloads, encoded."""
        events = (self._events[event_id - 1] for event_id in event_ids)
        return b"".join(data for event in events for data in _payloads(_attributes(event)))

    def to_json(self) -> str:
        """Return what has been read in Temporal's own format, which a replayer takes; payloads stay encoded."""
        return WorkflowHistory(self.key.workflow_id, self._events).to_json()

    @property
    def _execution(self) -> WorkflowExecution:
        return WorkflowExecution(workflow_id=self.key.workflow_id, run_id=self.key.run_id)

    async def _next_page(self) -> GetWorkflowExecutionHistoryResponse:
        if self._first is not None:
            first, self._first = self._first, None
            return await first
        return await self._page(PAGE if self._token else FIRST_PAGE)

    async def _page(self, size: int) -> GetWorkflowExecutionHistoryResponse:
        request = GetWorkflowExecutionHistoryRequest(
            namespace=self._client.namespace,
            execution=self._execution,
            maximum_page_size=size,
            next_page_token=self._token,
            wait_new_event=True,
        )
        self._health.calls.count(CallKind.HISTORIES)
        service = self._client.workflow_service
        return await service.get_workflow_execution_history(request, retry=True, timeout=POLL_TIMEOUT)


def _attributes(event: HistoryEvent) -> Message:
    field = event.WhichOneof("attributes")
    found: Message = getattr(event, field) if field else event
    return found


def _payloads(message: Message) -> Iterator[bytes]:
    for field, value in message.ListFields():
        if isinstance(value, Payload):
            yield value.data
        elif field.name in PAYLOAD_FIELDS:
            for inner in value if field.is_repeated else (value,):
                yield inner.data if isinstance(inner, Payload) else b"".join(_payloads(inner))


def _failure(error: RPCError, key: RowKey) -> CallError:
    if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
        return NotFoundError(f"there is no history of {key.workflow_id}: {error.message}")
    return DisconnectedError(f"the history cannot be read: {error.message}")
