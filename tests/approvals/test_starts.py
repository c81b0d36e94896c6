"""Starts that cannot work are refused at once, in one line, and leave nothing behind that hangs."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from tests.support.approvals import Office, leave, level, under_review
from tests.support.temporal import fresh
from workflows.approvals.client import WORKFLOW_TYPE, workflow_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw
from workflows.shared.errors import AlreadyExistsError, RefusedError
from workflows.shared.inputs import Input, one_line

KNOWN_KINDS = "the policy knows expense, purchase, leave and hire; others bring their own levels"
QUORUM = {"kind": "quorum", "count": 3}
LEAVE = leave().model_dump(mode="json")
TOGETHER = "currency: amount and currency go together; give both or neither"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"requester": "zed"}, "unknown requester zed"),
        ({"levels": [level("ben"), level("zed", name="last")]}, "unknown approver zed on level last"),
        ({"levels": [level("group:pilots")]}, "unknown group 'pilots' on level team"),
        ({"levels": [level("ana")]}, "level team has nobody left to approve it without the requester ana"),
        ({"requester": "zed", "levels": [level("ben")]}, "unknown requester zed"),
        (
            {"kind": "expenses", "amount": 5_000_000, "currency": "USD"},
            f"unknown kind expenses, did you mean expense? {KNOWN_KINDS}",
        ),
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
def test_a_request_that_nobody_can_decide_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ApplicationError) as refused:
        under_review(**fields)
    assert (refused.value.message, refused.value.type) == (words, "InvalidRequest")


async def test_a_refused_start_is_rejected_and_says_why(office: Office) -> None:
    request, words = leave(requester="zed"), "unknown requester zed"
    with pytest.raises(RefusedError) as refused:
        await office.client.start(request)
    assert (str(refused.value), refused.value.kind) == (f"requester: {words}", "InvalidRequest")
    description = await office.temporal.get_workflow_handle(workflow_id(request.request_id)).describe()
    assert description.status == WorkflowExecutionStatus.FAILED
    state = await office.client.get_state(request.request_id)
    assert (state.status, state.reason, state.levels) == (ApprovalStatus.REJECTED, words, [])
    with pytest.raises(WorkflowFailureError) as failed:
        await office.state_at_end(request.request_id)
    assert str(failed.value.cause) == f"InvalidRequest: {words}"
    assert failed.value.cause.__cause__ is None
    await office.client.start(request.model_copy(update={"requester": "ana"}))  # the ID was not used up


async def test_a_request_id_is_used_once(office: Office) -> None:
    request = leave()
    await office.client.start(request)
    with pytest.raises(AlreadyExistsError, match="exists already"):
        await office.client.start(request)


@pytest.mark.parametrize(
    ("model", "payload", "words"),
    [
        (ApprovalRequest, LEAVE | {"requester": ""}, "requester: String should have at least 1 character"),
        (
            ApprovalRequest,
            LEAVE | {"amount": -1, "currency": "EUR"},
            "amount: Input should be greater than or equal to 0, not -1",
        ),
        (ApprovalRequest, LEAVE | {"amount": 12.5}, "amount: Input should be a valid integer, not 12.5"),
        (ApprovalRequest, LEAVE | {"currency": "EUR"}, TOGETHER),
        (ApprovalRequest, LEAVE | {"amount": 5}, TOGETHER),
        (
            ApprovalRequest,
            LEAVE | {"levels": [level()]},
            "levels.0.approvers: List should have at least 1 item after validation, not 0",
        ),
        (
            ApprovalRequest,
            LEAVE | {"details": {"note": "x" * 20_000}},
            "details: details hold 20,012 characters of JSON; 10,000 at most",
        ),
        (Approve, {"approver": 7}, "approver: Input should be a valid string, not 7"),
        (Reject, {"approver": "ben"}, "reason: Field required"),
        (AddComment, {"author": "ben", "text": " "}, "text: String should have at least 1 character"),
        (Withdraw, {}, "requester: Field required; reason: Field required"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(model: type[Input], payload: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate(payload)
    assert one_line(error.value) == words


@pytest.mark.parametrize(
    ("payloads", "words"),
    [
        ([], "it takes exactly one ApprovalRequest"),
        ([None], "it takes exactly one ApprovalRequest"),
        ([LEAVE | {"requester": 1}], "requester: Input should be a valid string, not 1"),
    ],
)
async def test_a_start_that_does_not_fit_fails_at_once(
    strict_office: Office, payloads: list[object], words: str
) -> None:
    handle = await strict_office.temporal.start_workflow(
        WORKFLOW_TYPE, args=payloads, id=fresh("approval"), task_queue=strict_office.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert str(failed.value.cause) == f"InvalidRequest: {words}"


async def test_an_update_that_does_not_fit_is_refused(strict_office: Office) -> None:
    request_id = await strict_office.start()
    handle = strict_office.temporal.get_workflow_handle(workflow_id(request_id))
    ben: dict[str, object] = {"approver": "ben"}
    bad: list[tuple[list[object], str]] = [
        ([], "it takes exactly one Approve"),
        ([None], "it takes exactly one Approve"),
        ([ben, ben], "it takes exactly one Approve"),
        ([ben | {"version": "1"}], "version: Input should be a valid integer, not '1'"),
    ]
    for payloads, words in bad:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("approve", args=payloads)
        assert str(refused.value.cause) == f"InvalidRequest: {words}"
    state = await strict_office.client.approve(request_id, Approve(approver="ben"))
    assert state.current_level == 1


async def test_a_vote_before_the_chain_is_known_is_kept_and_counted(office: Office) -> None:
    office.lose_directory()
    request = leave(levels=[level("ben", "chen", rule={"kind": "all"})])
    await _start_without_waiting(office, request)
    await office.directory_asked()
    votes = [
        asyncio.create_task(office.client.approve(request.request_id, Approve(approver=person)))
        for person in ("ben", "ben", "zed", "chen")
    ]
    await _accepted(office, request.request_id, 4)
    assert (await office.client.get_state(request.request_id)).levels == []
    office.faults.up("directory")
    first, second, stranger, last = await asyncio.gather(*votes, return_exceptions=True)
    refusals = {answer.kind for answer in (first, second, stranger, last) if isinstance(answer, RefusedError)}
    assert refusals <= {"DuplicateVote", "NotEligible", "AlreadyDecided"}
    state = await office.state_at_end(request.request_id)
    assert state.status == ApprovalStatus.APPROVED
    assert sorted(vote.approver for vote in state.levels[0].votes) == ["ben", "chen"]
    assert isinstance(stranger, RefusedError)


async def test_a_vote_before_a_refused_start_is_refused_with_its_words(office: Office) -> None:
    office.lose_directory()
    request = leave(requester="zed")
    await _start_without_waiting(office, request)
    await office.directory_asked()
    vote = asyncio.create_task(office.client.approve(request.request_id, Approve(approver="ben")))
    await _accepted(office, request.request_id, 1)
    office.faults.up("directory")
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
