"""Starts that cannot work are refused at once, in one line, and leave nothing behind that hangs."""

import asyncio
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from tests.support.approvals import Office, leave, level
from tests.support.temporal import fresh
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Approve
from workflows.shared.errors import AlreadyExistsError, RefusedError

QUORUM = {"kind": "quorum", "count": 3}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"requester": "zed"}, "unknown requester zed"),
        ({"levels": [level("ben"), level("zed", name="last")]}, "unknown approver zed on level last"),
        ({"levels": [level("group:pilots")]}, "unknown group 'pilots' on level team"),
        ({"levels": [level("ana")]}, "level team has nobody left to approve it without the requester ana"),
        ({"requester": "zed", "levels": [level("ben")]}, "unknown requester zed"),
        ({"levels": [level("group:hr", rule=QUORUM)]}, "level team asks for 3 approvals but has 2 approvers"),
        (
            {"levels": [level("ben", due_seconds=9, on_timeout="escalate", escalate_to=["zed"])]},
            "unknown person to escalate to, zed on level team",
        ),
        (
            {"levels": [level("ben", due_seconds=9, on_timeout="escalate", escalate_to=["ana"])]},
            "level team has nobody to escalate to without the requester ana",
        ),
    ],
)
async def test_a_request_that_nobody_can_decide_is_refused(office: Office, fields: dict[str, Any], words: str) -> None:
    request = leave(**fields)
    with pytest.raises(RefusedError) as refused:
        await office.client.start(request)
    assert (str(refused.value), refused.value.kind) == (words, "InvalidRequest")
    description = await office.temporal.get_workflow_handle(workflow_id(request.request_id)).describe()
    assert description.status == WorkflowExecutionStatus.FAILED
    state = await office.client.get_state(request.request_id)
    assert (state.status, state.reason, state.levels) == (ApprovalStatus.REJECTED, words, [])


async def test_a_request_id_is_used_once(office: Office) -> None:
    request = leave()
    await office.client.start(request)
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await office.client.start(request)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("requester", "", "requester"),
        ("amount", -1, "amount"),
        ("amount", 12.5, "amount"),
        ("currency", "EUR", "amount and currency go together"),
        ("levels", [{"name": "team", "approvers": []}], "approvers"),
        ("details", {"note": "x" * 20_000}, "10,000 at most"),
        ("surprise", 1, "surprise"),
    ],
)
async def test_a_payload_that_does_not_fit_fails_the_workflow_and_not_its_task(
    strict_office: Office, field: str, value: object, words: str
) -> None:
    payload = leave().model_dump(mode="json") | {field: value}
    handle = await strict_office.temporal.start_workflow(
        WORKFLOW_TYPE, payload, id=fresh("approval"), task_queue=strict_office.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "ValidationError"
    assert words in failed.value.cause.message


async def test_a_vote_before_the_chain_is_known_is_kept_and_counted(office: Office) -> None:
    office.directory.down = True
    request = leave(levels=[level("ben", "chen", rule={"kind": "all"})])
    await _start_without_waiting(office, request)
    await office.directory.asked.wait()
    votes = [
        asyncio.create_task(office.client.approve(request.request_id, Approve(approver=person)))
        for person in ("ben", "ben", "zed", "chen")
    ]
    await _accepted(office, request.request_id, 4)
    assert (await office.client.get_state(request.request_id)).levels == []
    office.directory.down = False
    first, second, stranger, last = await asyncio.gather(*votes, return_exceptions=True)
    refusals = {answer.kind for answer in (first, second, stranger, last) if isinstance(answer, RefusedError)}
    assert refusals <= {"DuplicateVote", "NotEligible", "AlreadyDecided"}
    state = await office.state_at_end(request.request_id)
    assert state.status == ApprovalStatus.APPROVED
    assert sorted(vote.approver for vote in state.levels[0].votes) == ["ben", "chen"]
    assert isinstance(stranger, RefusedError)


async def test_a_vote_before_a_refused_start_is_refused_with_its_words(office: Office) -> None:
    office.directory.down = True
    request = leave(requester="zed")
    await _start_without_waiting(office, request)
    await office.directory.asked.wait()
    vote = asyncio.create_task(office.client.approve(request.request_id, Approve(approver="ben")))
    await _accepted(office, request.request_id, 1)
    office.directory.down = False
    with pytest.raises(RefusedError, match="unknown requester zed") as refused:
        await vote
    assert refused.value.kind == "InvalidRequest"


async def _start_without_waiting(office: Office, request: ApprovalRequest) -> None:
    await office.temporal.start_workflow(
        WORKFLOW_TYPE, request, id=workflow_id(request.request_id), task_queue=office.task_queue
    )


async def _accepted(office: Office, request_id: str, updates: int) -> None:
    """Return when the workflow has accepted so many updates."""
    handle = office.temporal.get_workflow_handle(workflow_id(request_id))
    async for event in handle.fetch_history_events(wait_new_event=True):
        updates -= event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
        if not updates:
            return
