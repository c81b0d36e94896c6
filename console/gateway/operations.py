"""Temporal's own operations on one run, in the name of an operator: what they change is not for the workflow to say."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    PauseWorkflowExecutionRequest,
    RequestCancelWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
    TerminateWorkflowExecutionRequest,
    UnpauseWorkflowExecutionRequest,
)
from temporalio.client import Client

from console.gateway.events.event import Event
from console.gateway.events.parsing import parse
from console.gateway.health import CALL_TIMEOUT, Health
from console.gateway.marks import LATEST, EventMark
from console.gateway.read_only import ReadOnlyError
from console.gateway.rows import RowKey

MAX_EVENTS = 1_000
"""Latest events among which points for a reset are looked for."""

PAGE = 200
"""Events of one call; the server warns of much more."""

MADE_BY = {
    "cancel_run": "WORKFLOW_EXECUTION_CANCEL_REQUESTED",
    "terminate_run": "WORKFLOW_EXECUTION_TERMINATED",
    "reset_run": "WORKFLOW_TASK_FAILED",
    "pause_run": "WORKFLOW_EXECUTION_PAUSED",
    "unpause_run": "WORKFLOW_EXECUTION_UNPAUSED",
}
"""The type of event that an operation leaves in the history, by the operation's name."""


class RunOperations:
    """Operates on the run ``key``; each call names the ``operator`` and a reason, which the history keeps.

    All raise ``CallError``: the server refused or did not answer, or, with ``read_only``, no call was made. A call with
    the same ``call_id`` takes effect once.
    """

    def __init__(self, client: Client, health: Health, key: RowKey, operator: str, *, read_only: bool) -> None:
        self._client, self._health, self._key, self._read_only = client, health, key, read_only
        self.identity = f"{operator} via {client.identity}"
        """What the history calls who did it."""

    async def cancel(self, reason: str, call_id: str) -> None:
        """Ask the workflow to cancel itself; it may refuse."""
        request = RequestCancelWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=self._execution,
            identity=self.identity,
            request_id=call_id,
            reason=reason,
        )
        async with self._changing():
            await self._client.workflow_service.request_cancel_workflow_execution(request, timeout=CALL_TIMEOUT)

    async def terminate(self, reason: str) -> None:
        """End the run where it is; its code runs no more."""
        request = TerminateWorkflowExecutionRequest(
            namespace=self._client.namespace, workflow_execution=self._execution, identity=self.identity, reason=reason
        )
        async with self._changing():
            await self._client.workflow_service.terminate_workflow_execution(request, timeout=CALL_TIMEOUT)

    async def reset(self, reason: str, call_id: str, point: int, *, reapply: bool) -> str:
        """Begin another run that has the history up to ``point``, and return its ID.

        With ``reapply`` it gets the signals and updates that came after the point once more.
        """
        types = ResetReapplyType
        request = ResetWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=self._execution,
            workflow_task_finish_event_id=point,
            identity=self.identity,
            request_id=call_id,
            reason=f"{self.identity}: {reason}",  # the history does not keep the identity of a reset
            reset_reapply_type=types.RESET_REAPPLY_TYPE_ALL_ELIGIBLE if reapply else types.RESET_REAPPLY_TYPE_NONE,
        )
        async with self._changing():
            answer = await self._client.workflow_service.reset_workflow_execution(request, timeout=CALL_TIMEOUT)
        return answer.run_id

    async def pause(self, reason: str, call_id: str) -> None:
        """Stop the workflow's code, not its timers."""
        request = PauseWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_id=self._key.workflow_id,
            run_id=self._key.run_id,
            identity=self.identity,
            reason=reason,
            request_id=call_id,
        )
        async with self._changing():
            await self._client.workflow_service.pause_workflow_execution(request, timeout=CALL_TIMEOUT)

    async def unpause(self, reason: str, call_id: str) -> None:
        """Let a paused workflow go on."""
        request = UnpauseWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_id=self._key.workflow_id,
            run_id=self._key.run_id,
            identity=self.identity,
            reason=reason,
            request_id=call_id,
        )
        async with self._changing():
            await self._client.workflow_service.unpause_workflow_execution(request, timeout=CALL_TIMEOUT)

    async def latest_events(self) -> Sequence[Event]:
        """Return the latest events of the run, oldest first."""
        found: list[HistoryEvent] = []
        token = b""
        while True:
            request = self._history(self._execution, PAGE, token)
            async with self._health.watch():
                answer = await self._client.workflow_service.get_workflow_execution_history_reverse(
                    request, timeout=CALL_TIMEOUT
                )
            found += answer.history.events
            token = answer.next_page_token
            if not token or len(found) >= MAX_EVENTS:
                return [parse(event) for event in reversed(found)]

    async def event_of(self, name: str) -> EventMark | None:
        """Return the event that an operation of ours has just made, None if it is not found."""
        latest = WorkflowExecution(workflow_id=self._key.workflow_id)  # a reset is told in the run that it begins
        async with self._health.watch():
            answer = await self._client.workflow_service.get_workflow_execution_history_reverse(
                self._history(latest, LATEST), timeout=CALL_TIMEOUT
            )
        for event in answer.history.events:
            if EventType.Name(event.event_type) == f"EVENT_TYPE_{MADE_BY[name]}" and self._is_ours(event):
                return EventMark(event.event_id, event.event_time.ToDatetime(tzinfo=UTC))
        return None

    def _is_ours(self, event: HistoryEvent) -> bool:
        field = event.WhichOneof("attributes") or ""
        attributes = getattr(event, field, None)
        if field == "workflow_task_failed_event_attributes":
            return event.workflow_task_failed_event_attributes.failure.message.startswith(self.identity)
        return getattr(attributes, "identity", "") == self.identity

    @property
    def _execution(self) -> WorkflowExecution:
        return WorkflowExecution(workflow_id=self._key.workflow_id, run_id=self._key.run_id)

    def _history(
        self, execution: WorkflowExecution, size: int, token: bytes = b""
    ) -> GetWorkflowExecutionHistoryReverseRequest:
        return GetWorkflowExecutionHistoryReverseRequest(
            namespace=self._client.namespace, execution=execution, maximum_page_size=size, next_page_token=token
        )

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        if self._read_only:
            raise ReadOnlyError
        async with self._health.watch():
            yield
