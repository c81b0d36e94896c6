"""Base of the domain clients: start, signal, query and update one type of workflow, with clear errors."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

from pydantic import BaseModel
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import (
    Client,
    RPCError,
    RPCTimeoutOrCancelledError,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from workflows.shared.actions import Action, Viewer
from workflows.shared.command_lines import command_line
from workflows.shared.errors import (
    AlreadyExistsError,
    CallError,
    ClosedError,
    DisconnectedError,
    NoAnswerError,
    NotFoundError,
    PausedError,
    RefusedError,
)
from workflows.shared.refused_signals import ACKNOWLEDGE, Acknowledge
from workflows.shared.snapshot import Snapshot
from workflows.shared.summary import Memo, Summary

AnswerT = TypeVar("AnswerT")
ViewT = TypeVar("ViewT", bound=BaseModel)

CALL_TIMEOUT = timedelta(seconds=10)
"""Timeout of a call. A warm query takes 20 ms; a cold worker on a busy machine takes seconds."""

OPEN = frozenset(
    (
        WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
        WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
    )
)
"""Statuses of a workflow that has not ended."""
PAUSED_MESSAGE = "Workflow is paused"
"""Part of the server's refusal of an update."""
UNKNOWN_STATUS = "is not a valid WorkflowExecutionStatus"
"""Of the SDK's error when the server refuses a query of a paused workflow: the SDK lacks that status."""
TASK_FAILED_MESSAGE = "due to unexpected workflow task failure"
"""Part of the server's answer when something came just as the workflow was to end: the update may be sent again."""
RETRY_PAUSE = 0.05
CUT_OFF = "AcceptedUpdateCompletedWorkflow"
"""Type of the server's failure of an update that was accepted when its run ended."""
ENDED_MESSAGES = ("already completed", "aborted by closing workflow")
"""Parts of ``NOT_FOUND`` messages for a workflow that has ended, or that ends during an update."""


def paused_words(workflow_id: str) -> str:
    """Return what it means that a workflow is paused, and what to do."""
    command = command_line("temporal", "workflow", "unpause", "--workflow-id", workflow_id)
    return (
        "is paused in Temporal: it answers nothing and takes no changes, and its timers run on;"
        f" let it go on with `{command}`"
    )


class WorkflowClient:
    """Typed calls to the workflows of one type. Each raises ``CallError`` when there is no workflow, or no answer."""

    workflow_type: ClassVar[str]
    default_task_queue: ClassVar[str]
    noun: ClassVar[str]
    """Word for one workflow."""
    id_prefix: ClassVar[str]
    """Of a workflow ID, before the ID that people use."""

    def __init__(self, client: Client, *, task_queue: str | None = None) -> None:
        self._client = client
        self._task_queue = task_queue or self.default_task_queue

    async def get_actions(self, workflow_id: str, viewer: Viewer | None = None) -> list[Action]:
        """Return what people, or ``viewer`` alone, may do to the workflow now."""
        return await self._query(workflow_id, "get_actions", list[Action], viewer)

    async def get_summary(self, workflow_id: str, run_id: str | None = None) -> Summary:
        """Return the list row of the workflow's latest run, or of a given one."""
        return await self._query(workflow_id, "get_summary", Summary, run_id=run_id)

    async def get_snapshot(
        self, workflow_id: str, view: type[ViewT], viewer: Viewer | None = None, *, run_id: str | None = None
    ) -> Snapshot[ViewT]:
        """Return view, actions (of ``viewer`` if given) and row of the latest run, or of a given one, together."""
        answer = Snapshot[view]  # type: ignore[valid-type]
        return await self._query(workflow_id, "get_snapshot", answer, viewer, run_id=run_id)

    async def acknowledge(self, business_id: str, acknowledge: Acknowledge) -> None:
        """Tell the workflow that somebody has looked at its refused signals; a later query sees what that did."""
        await self._signal(f"{self.id_prefix}{business_id}", ACKNOWLEDGE, acknowledge)

    def _handle(self, workflow_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(workflow_id, run_id=run_id)

    async def _start(
        self,
        workflow_id: str,
        request: BaseModel,
        *,
        reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        memo: Memo | None = None,
    ) -> None:
        """Start a workflow; the ID of one that failed, such as for its input, may be used again."""
        with self._clear_errors(workflow_id):
            await self._client.start_workflow(
                self.workflow_type,
                request,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=reuse,
                memo=memo,
                rpc_timeout=CALL_TIMEOUT,
            )

    async def _signal(self, workflow_id: str, name: str, payload: BaseModel) -> None:
        with self._clear_errors(workflow_id):
            await self._handle(workflow_id).signal(name, payload, rpc_timeout=CALL_TIMEOUT)

    async def _ask(
        self, workflow_type: str, workflow_id: str, question: BaseModel, answer: type[AnswerT], unknown: str
    ) -> AnswerT:
        """Start a workflow that answers a question and ends, or wait for the one of that ID that is under way.

        Raises ``NoAnswerError`` if it does not answer, with ``unknown`` and the reason if it has failed.
        """
        with self._clear_errors(workflow_id):
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                handle = await self._client.start_workflow(
                    workflow_type,
                    question,
                    id=workflow_id,
                    task_queue=self._task_queue,
                    result_type=answer,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    execution_timeout=CALL_TIMEOUT,
                )
                try:
                    found: AnswerT = await handle.result()
                except WorkflowFailureError as error:
                    raise NoAnswerError(f"{unknown}: {error.cause}") from error
        return found

    async def _execution_status(self, workflow_id: str) -> WorkflowExecutionStatus.ValueType:
        """Return the status. The SDK's own ``describe`` does not know all: not the one of a paused workflow."""
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
        with self._clear_errors(workflow_id):
            described = await self._client.workflow_service.describe_workflow_execution(
                request, retry=True, timeout=CALL_TIMEOUT
            )
        return described.workflow_execution_info.status

    async def _query(
        self,
        workflow_id: str,
        name: str,
        answer: type[AnswerT],
        payload: BaseModel | None = None,
        *,
        run_id: str | None = None,
    ) -> AnswerT:
        with self._clear_errors(workflow_id):
            result: AnswerT = await self._handle(workflow_id, run_id).query(
                name, args=[] if payload is None else [payload], result_type=answer, rpc_timeout=CALL_TIMEOUT
            )
        return result

    async def _update(
        self, workflow_id: str, name: str, payload: BaseModel, answer: type[AnswerT], *, update_id: str | None
    ) -> AnswerT:
        """Send an update; under one ID it happens once, also where it is sent again."""
        update_id = update_id or str(uuid4())
        with self._clear_errors(workflow_id):
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                while True:
                    try:
                        result: AnswerT = await self._handle(workflow_id).execute_update(
                            name, payload, id=update_id, result_type=answer
                        )
                    except (RPCError, WorkflowUpdateFailedError) as error:
                        task_failed = isinstance(error, RPCError) and TASK_FAILED_MESSAGE in error.message
                        if not task_failed and not await self._runs_again(workflow_id, error):
                            raise
                        await asyncio.sleep(RETRY_PAUSE)
                    else:
                        return result

    async def _runs_again(self, workflow_id: str, error: RPCError | WorkflowUpdateFailedError) -> bool:
        """Return whether only a run has ended that an update came to: a reset began another one."""
        return _says_ended(error) and await self._execution_status(workflow_id) in OPEN

    @contextmanager
    def _clear_errors(self, workflow_id: str) -> Iterator[None]:
        try:
            yield
        except WorkflowAlreadyStartedError as error:
            raise AlreadyExistsError(f"{self._named(workflow_id)} exists already; choose another ID") from error
        except (WorkflowFailureError, WorkflowUpdateFailedError, WorkflowQueryFailedError) as error:
            ended = isinstance(error, WorkflowUpdateFailedError) and _says_ended(error)
            raise (self._closed(workflow_id) if ended else _refusal(error)) from error
        except (TimeoutError, RPCTimeoutOrCancelledError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # the SDK raises the same for a cancelled update
                raise asyncio.CancelledError from error
            raise NoAnswerError(
                f"no answer for {self._named(workflow_id)} within {CALL_TIMEOUT.seconds} s; is a worker running?"
                " Look at its state before trying again"
            ) from error
        except RPCError as error:
            paused = PAUSED_MESSAGE in error.message
            raise (self._paused(workflow_id) if paused else self._rpc_failure(workflow_id, error)) from error
        except ValueError as error:
            if UNKNOWN_STATUS not in str(error):
                raise
            raise self._paused(workflow_id) from error

    def _named(self, workflow_id: str) -> str:
        if not workflow_id.startswith(self.id_prefix):
            return workflow_id
        return f"{self.noun} {workflow_id.removeprefix(self.id_prefix)}"

    def _closed(self, workflow_id: str) -> ClosedError:
        return ClosedError(f"{self._named(workflow_id)} has ended and takes no more changes")

    def _paused(self, workflow_id: str) -> PausedError:
        return PausedError(f"{self._named(workflow_id)} {paused_words(workflow_id)}")

    def _rpc_failure(self, workflow_id: str, error: RPCError) -> CallError:
        match error.status:
            case RPCStatusCode.NOT_FOUND if _says_ended(error):
                return self._closed(workflow_id)
            case RPCStatusCode.NOT_FOUND:
                return NotFoundError(f"there is no {self._named(workflow_id)}")
            case RPCStatusCode.UNAVAILABLE:
                return DisconnectedError(f"the Temporal server cannot be reached: {error.message}")
            case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
                return NoAnswerError(f"no answer for {self._named(workflow_id)} in time; is a worker running?")
            case RPCStatusCode.FAILED_PRECONDITION | RPCStatusCode.RESOURCE_EXHAUSTED:
                return NoAnswerError(f"{self._named(workflow_id)} cannot answer now: {error.message}")
            case _:
                return RefusedError(error.message, error.status.name)


def _says_ended(error: RPCError | WorkflowUpdateFailedError) -> bool:
    if isinstance(error, WorkflowUpdateFailedError):
        return isinstance(error.cause, ApplicationError) and error.cause.type == CUT_OFF
    return error.status is RPCStatusCode.NOT_FOUND and any(sign in error.message for sign in ENDED_MESSAGES)


def _refusal(error: WorkflowFailureError | WorkflowUpdateFailedError | WorkflowQueryFailedError) -> RefusedError:
    cause = error.__cause__
    if isinstance(cause, ApplicationError):
        fields = [f"{detail}: " for detail in cause.details[:1] if isinstance(detail, str)]
        return RefusedError(f"{''.join(fields)}{cause.message}", cause.type or "Refused", cause.details[len(fields) :])
    return RefusedError(str(cause or error), "Refused")
