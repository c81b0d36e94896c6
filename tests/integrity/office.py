"""A request for leave: its decision stands, and each approver has one vote."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from temporalio.client import WorkflowExecutionStatus
from typing_extensions import override

from tests.integrity.disruptions import status_of
from tests.integrity.subject import Step, Subject
from tests.support.approvals import Office, leave, level
from workflows.approvals.audit import verify
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.models import AuditTrail
from workflows.approvals.record import ReviewRecord
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw
from workflows.shared.errors import CallError


class Requests(Subject):
    """One request with two levels."""

    steps = 5

    def __init__(self, office: Office) -> None:
        super().__init__(office.temporal, office.store)
        self._office = office
        self._request = leave(levels=[level("ben", "dora", rule={"kind": "all"}), level("chen", name="last")])
        self._answered: set[str] = set()
        """The approvers whose vote was answered."""

    @property
    @override
    def workflow_ids(self) -> Sequence[str]:
        return [workflow_id(self._request.request_id)]

    @property
    @override
    def item_ids(self) -> Sequence[str]:
        return self.workflow_ids

    @override
    async def start(self, workflow_id: str) -> None:
        await self.client.start_workflow(
            WORKFLOW_TYPE, self._request, id=workflow_id, task_queue=self._office.task_queue
        )

    @override
    async def step(self, number: int) -> None:
        client, id_ = self._office.client, self._request.request_id
        comment = AddComment(author="ana", text="a word")
        steps: list[Step] = [
            lambda: self._vote("ben"),
            lambda: self._vote("chen"),
            lambda: client.comment(id_, comment),
            lambda: client.reject(id_, Reject(approver="dora", reason="no")),
            lambda: client.withdraw(id_, Withdraw(requester="ana", reason="ill")),
        ]
        await steps[number]()

    async def _vote(self, approver: str) -> None:
        await self._office.client.approve(self._request.request_id, Approve(approver=approver))
        self._answered.add(approver)

    @override
    async def settle(self) -> None:
        if self._answered:
            await self._office.record_when(
                self._request.request_id, lambda record: self._answered <= set(_voters(record.state))
            )

    @override
    async def end(self) -> None:
        for approver in ("ben", "dora", "chen"):
            if await status_of(self.client, self.workflow_ids[0]) is WorkflowExecutionStatus.RUNNING:
                with suppress(CallError):  # has voted, or the decision has fallen
                    await self._vote(approver)

    @override
    async def check(self) -> None:
        record = self.outcomes[self.item_ids[0]]
        trail = ReviewRecord.model_validate(record.state).trail
        assert verify(AuditTrail(request_id=self._request.request_id, entries=trail))
        voters = Counter(_voters(record.state))
        assert set(voters) >= self._answered, "a vote was lost"
        assert max(voters.values(), default=1) == 1, "a vote counts twice"


def _voters(state: object) -> list[str]:
    return [vote.approver for step in ReviewRecord.model_validate(state).steps for vote in step.votes]
