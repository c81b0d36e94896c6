"""Typed calls to the approvals system from outside: the one place that knows its IDs and handler names."""

from datetime import datetime

from pydantic import BaseModel
from temporalio.client import Client

from workflows.approvals.models import (
    AddComment,
    ApprovalRequest,
    ApprovalState,
    Approve,
    AuditTrail,
    Reject,
    Withdraw,
)
from workflows.shared.client import WorkflowClient

TASK_QUEUE = "hr-approval-queue"
WORKFLOW_TYPE = "ApprovalWorkflow"
ID_PREFIX = "approval-"


def workflow_id(request_id: str) -> str:
    """Return the workflow ID of a request."""
    return f"{ID_PREFIX}{request_id}"


def new_request_id(now: datetime) -> str:
    """Return a request ID made of the time, such as ``REQ-20250131-153022``."""
    return f"REQ-{now:%Y%m%d-%H%M%S}"


class ApprovalsClient(WorkflowClient):
    """Starts approvals, sends them updates and asks them questions."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, workflow_type=WORKFLOW_TYPE, task_queue=TASK_QUEUE, noun="request")

    async def start(self, request: ApprovalRequest) -> str:
        """Start an approval and return its workflow ID.

        Raises:
            AlreadyExistsError: a request with that ID exists, open or closed.
            CallError: no answer.
        """
        await self._start(workflow_id(request.request_id), request)
        return workflow_id(request.request_id)

    async def approve(self, request_id: str, approve: Approve, *, update_id: str | None = None) -> ApprovalState:
        """Approve the open level. Raises ``RefusedError`` with the workflow's words, ``CallError`` otherwise."""
        return await self._decide(request_id, "approve", approve, update_id)

    async def reject(self, request_id: str, reject: Reject, *, update_id: str | None = None) -> ApprovalState:
        """Reject the request. Raises ``RefusedError`` with the workflow's words, ``CallError`` otherwise."""
        return await self._decide(request_id, "reject", reject, update_id)

    async def withdraw(self, request_id: str, withdraw: Withdraw, *, update_id: str | None = None) -> ApprovalState:
        """Take the request back. Raises ``RefusedError`` with the workflow's words, ``CallError`` otherwise."""
        return await self._decide(request_id, "withdraw", withdraw, update_id)

    async def comment(self, request_id: str, comment: AddComment, *, update_id: str | None = None) -> ApprovalState:
        """Say something about the request. Raises ``RefusedError`` with the workflow's words, else ``CallError``."""
        return await self._decide(request_id, "comment", comment, update_id)

    async def get_state(self, request_id: str) -> ApprovalState:
        """Return the whole state. Raises ``CallError``."""
        return await self._query(workflow_id(request_id), "get_state", ApprovalState)

    async def get_audit_trail(self, request_id: str) -> AuditTrail:
        """Return everything that happened, hash-chained. Raises ``CallError``."""
        return await self._query(workflow_id(request_id), "get_audit_trail", AuditTrail)

    async def _decide(self, request_id: str, name: str, payload: BaseModel, update_id: str | None) -> ApprovalState:
        return await self._update(workflow_id(request_id), name, payload, ApprovalState, update_id=update_id)
