"""Typed calls to the approvals system from outside: the one place that knows its IDs and handler names."""

import asyncio
import hashlib
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from workflows.approvals.models import (
    POLICY_WRONG,
    AddComment,
    ApprovalRequest,
    ApprovalState,
    ApprovalStatus,
    Approve,
    AuditTrail,
    PersonAnswer,
    PersonLookup,
    Reject,
    Withdraw,
)
from workflows.shared.client import CALL_TIMEOUT, WorkflowClient
from workflows.shared.errors import NoAnswerError
from workflows.shared.fields import Identifier

TASK_QUEUE = "hr-approval-queue"
WORKFLOW_TYPE = "ApprovalWorkflow"
ID_PREFIX = "approval-"
LOOKUP_TYPE = "PersonLookupWorkflow"
LOOKUP_ID_PREFIX = "person-lookup-"
POLL_INTERVAL = 0.05


def workflow_id(request_id: str) -> str:
    """Return the workflow ID of a request."""
    return f"{ID_PREFIX}{request_id}"


def lookup_id(person_id: str) -> str:
    """Return the workflow ID of a person's look-up: with the person's ID in it if that fits, otherwise a hash."""
    try:
        return LOOKUP_ID_PREFIX + TypeAdapter[str](Identifier).validate_python(person_id)
    except ValidationError:
        return LOOKUP_ID_PREFIX + hashlib.sha256(person_id.encode()).hexdigest()


def new_request_id(now: datetime) -> str:
    """Return a request ID made of the time, such as ``REQ-20250131-153022``."""
    return f"REQ-{now:%Y%m%d-%H%M%S}"


class ApprovalsClient(WorkflowClient):
    """Starts approvals, sends them updates and asks them questions."""

    workflow_type = WORKFLOW_TYPE
    default_task_queue = TASK_QUEUE
    noun = "request"
    id_prefix = ID_PREFIX

    async def start(self, request: ApprovalRequest) -> str:
        """Start an approval, wait until its first level is open, and return its workflow ID.

        Raises ``AlreadyExistsError`` for an ID in use, ``RefusedError`` when nobody can decide the request, and
        ``NoAnswerError`` when it was started and nobody said in time whether it may go on.
        """
        started = workflow_id(request.request_id)
        await self._start(started, request)
        try:
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                await self._until_open(request.request_id)
        except TimeoutError as error:
            raise NoAnswerError(
                f"request {request.request_id} is started, but its first level is not open after"
                f" {CALL_TIMEOUT.seconds} s; is a worker running? Look at its state before trying again"
            ) from error
        return started

    async def person(self, person_id: str) -> PersonAnswer:
        """Ask the company's directory for a person, and who else there is; nobody has an ID that no ID can be."""
        try:
            lookup = PersonLookup(person_id=person_id, people=True)
        except ValidationError:
            return PersonAnswer(person_id=person_id, known=False)
        workflow_id = lookup_id(lookup.person_id)
        with self._clear_errors(workflow_id):
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                handle = await self._client.start_workflow(
                    LOOKUP_TYPE,
                    lookup,
                    id=workflow_id,
                    task_queue=self._task_queue,
                    result_type=PersonAnswer,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    execution_timeout=CALL_TIMEOUT,
                )
                try:
                    answer: PersonAnswer = await handle.result()
                except WorkflowFailureError as error:
                    raise NoAnswerError(f"the directory did not say who {person_id} is: {error.cause}") from error
        return answer

    async def approve(self, request_id: str, approve: Approve, *, update_id: str | None = None) -> ApprovalState:
        """Approve the open level. Raises ``RefusedError`` with the workflow's words, as all updates do."""
        return await self._decide(request_id, "approve", approve, update_id)

    async def reject(self, request_id: str, reject: Reject, *, update_id: str | None = None) -> ApprovalState:
        """Reject the request."""
        return await self._decide(request_id, "reject", reject, update_id)

    async def withdraw(self, request_id: str, withdraw: Withdraw, *, update_id: str | None = None) -> ApprovalState:
        """Take the request back."""
        return await self._decide(request_id, "withdraw", withdraw, update_id)

    async def comment(self, request_id: str, comment: AddComment, *, update_id: str | None = None) -> ApprovalState:
        """Say something about the request."""
        return await self._decide(request_id, "comment", comment, update_id)

    async def get_state(self, request_id: str) -> ApprovalState:
        """Return the whole state."""
        return await self._query(workflow_id(request_id), "get_state", ApprovalState)

    async def get_audit_trail(self, request_id: str) -> AuditTrail:
        """Return everything that happened, hash-chained."""
        return await self._query(workflow_id(request_id), "get_audit_trail", AuditTrail)

    async def _decide(self, request_id: str, name: str, payload: BaseModel, update_id: str | None) -> ApprovalState:
        return await self._update(workflow_id(request_id), name, payload, ApprovalState, update_id=update_id)

    async def _until_open(self, request_id: str) -> None:
        """Return when the first level is open.

        Raises ``RefusedError`` if the workflow has failed, ``NoAnswerError`` if it waits until the policy is right.
        """
        while True:
            with suppress(NoAnswerError):  # a worker that is busy, or comes later, answers the next time
                state = await self.get_state(request_id)
                if state.status != ApprovalStatus.IN_REVIEW:
                    with self._clear_errors(workflow_id(request_id)):
                        await self._handle(workflow_id(request_id)).result(rpc_timeout=CALL_TIMEOUT)
                    return
                if state.levels or state.attention == POLICY_WRONG:
                    break
            await asyncio.sleep(POLL_INTERVAL)
        if not state.levels:
            raise NoAnswerError(f"request {request_id} is started, and waits for an operator: {state.reason}")
