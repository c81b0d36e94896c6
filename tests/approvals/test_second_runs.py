"""A second run of a request, by a reset or another start, undoes nothing that the first one decided."""

import asyncio

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.support.approvals import Office, leave, level, running_office
from tests.support.resets import ALL, NOTHING, Reapply, reset, reset_points
from tests.support.temporal import fresh
from workflows.approvals.audit import verify
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus
from workflows.approvals.updates import AddComment, Approve
from workflows.shared.errors import RefusedError


async def approved(office: Office, **fields: object) -> ApprovalRequest:
    """Return a request that two people approved."""
    request = leave(levels=[level("ben"), level("chen", name="last")], **fields)
    await office.start(request)
    for approver in ("ben", "chen"):
        await office.client.approve(request.request_id, Approve(approver=approver))
    await office.state_at_end(request.request_id)
    return request


async def start_again(office: Office, request: ApprovalRequest) -> None:
    """Start a request as another client does: with no ID policies."""
    id_ = workflow_id(request.request_id)
    await office.temporal.start_workflow(WORKFLOW_TYPE, request, id=id_, task_queue=office.task_queue)


@pytest.mark.parametrize("reapply", [NOTHING, ALL])
async def test_a_reset_leaves_the_decision_and_shows_in_the_trail(office: Office, reapply: Reapply) -> None:
    request = await approved(office)
    before = await office.client.get_audit_trail(request.request_id)
    told = list(office.told)
    id_ = workflow_id(request.request_id)
    first = (await office.temporal.get_workflow_handle(id_).describe()).run_id
    for point in await reset_points(office.temporal, id_):
        await reset(office.temporal, id_, point, reapply=reapply, run_id=first)
        state = await office.state_at_end(request.request_id)
        assert state.status == ApprovalStatus.APPROVED
        assert [len(each.votes) for each in state.levels] == [1, 1]
        trail = await office.client.get_audit_trail(request.request_id)
        assert trail.entries[: len(before.entries)] == before.entries
        assert {entry.action for entry in trail.entries[len(before.entries) :]} == {"reset"}
        assert verify(trail)
    assert list(office.told) == told


async def test_an_update_that_a_reset_cuts_off_is_sent_again(office: Office) -> None:
    request_id = await office.start()
    [*_, point] = await reset_points(office.temporal, workflow_id(request_id))
    office.lose_directory()
    said = asyncio.create_task(office.client.comment(request_id, AddComment(author="fay", text="please")))
    await office.directory_asked()
    await reset(office.temporal, workflow_id(request_id), point, reapply=NOTHING)
    office.faults.up("directory")
    assert [comment.text for comment in (await said).comments] == ["please"]


async def test_votes_that_a_reset_loses_stand(office: Office) -> None:
    request = leave(levels=[level("ben", "chen", rule={"kind": "all"})])
    await office.start(request)
    await office.client.approve(request.request_id, Approve(approver="ben"))
    id_ = workflow_id(request.request_id)
    points = await reset_points(office.temporal, id_)
    await office.record_when(request.request_id, lambda record: "'action': 'approve'" in str(record.state))
    await reset(office.temporal, id_, points[-1])
    with pytest.raises(RefusedError, match="ben has voted"):
        await office.client.approve(request.request_id, Approve(approver="ben"))
    state = await office.client.approve(request.request_id, Approve(approver="chen"))
    assert state.status == ApprovalStatus.APPROVED


async def test_a_decided_request_is_not_started_again(office: Office) -> None:
    request = await approved(office)
    told = list(office.told)
    await start_again(office, request.model_copy(update={"title": "Four weeks in August"}))
    with pytest.raises(WorkflowFailureError) as failed:
        await office.state_at_end(request.request_id)
    assert isinstance(failed.value.cause, ApplicationError)
    words = f"request {request.request_id} is APPROVED already; nothing was changed"
    assert (failed.value.cause.type, failed.value.cause.message) == ("AlreadyDone", words)
    state = await office.client.get_state(request.request_id)
    assert (state.status, len(state.levels[1].votes)) == (ApprovalStatus.APPROVED, 1)
    assert list(office.told) == told


async def test_the_decision_is_known_after_retention(office: Office, time_skipping: WorkflowEnvironment) -> None:
    request = await approved(office)
    told = list(office.told)
    async with running_office(time_skipping.client, store=office.store) as later:  # this server knows nothing of it
        with pytest.raises(RefusedError, match="is APPROVED already") as refused:
            await later.client.start(request)
        assert refused.value.kind == "AlreadyDone"
        state = await later.client.get_state(request.request_id)
        assert (state.status, len(state.levels[1].votes)) == (ApprovalStatus.APPROVED, 1)
        assert later.told == told


async def test_a_terminated_request_continues_with_its_votes(office: Office) -> None:
    request = leave(levels=[level("ben"), level("chen", name="last")])
    await office.start(request)
    await office.client.approve(request.request_id, Approve(approver="ben"))
    await office.record_when(request.request_id, lambda record: "'action': 'approve'" in str(record.state))
    await office.temporal.get_workflow_handle(workflow_id(request.request_id)).terminate()
    await start_again(office, request)
    state = await office.client.approve(request.request_id, Approve(approver="chen"))
    assert state.status == ApprovalStatus.APPROVED


async def test_a_request_under_another_s_id_fails_at_once(office: Office, client: Client) -> None:
    wrong = workflow_id(fresh("REQ"))
    request = leave()
    started = await client.start_workflow(WORKFLOW_TYPE, request, id=wrong, task_queue=office.task_queue)
    with pytest.raises(WorkflowFailureError) as failed:
        await started.result()
    assert f"belongs to the workflow ID {workflow_id(request.request_id)}" in str(failed.value.cause)
