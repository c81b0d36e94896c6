"""Requests that are queried and decided from their first moment can be replayed."""

from tests.support.approvals import Office, leave, level
from tests.support.curious import asked_all_along, assert_replays
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.updates import Approve
from workflows.approvals.workflow import WORKFLOWS

MANY = 20
"""Enough to fail when the first step is a local activity."""


async def test_requests_replay(office: Office) -> None:
    async def one() -> str:
        request = leave(levels=[level("ben")])
        started = workflow_id(request.request_id)
        async with asked_all_along(office.temporal, started, "get_state"):
            await office.temporal.start_workflow(WORKFLOW_TYPE, request, id=started, task_queue=office.task_queue)
            await office.client.approve(request.request_id, Approve(approver="ben"))
        return started

    await assert_replays(office.temporal, [await one() for _ in range(MANY)], WORKFLOWS)
