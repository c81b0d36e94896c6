"""What a request writes into its history: one activity to open it, and one for each decision."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.support.approvals import Office, leave, level
from tests.support.eventually import eventually
from workers.store.directory import SqlDirectory
from workflows.approvals.activities import APPLY_REQUEST, LOOK_UP_PERSON, OPEN_REQUEST, PLAN_LEVEL, SAVE_RECORD
from workflows.approvals.audit import verify
from workflows.approvals.client import workflow_id
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import AddComment, Approve

KNOWN = {APPLY_REQUEST, LOOK_UP_PERSON, OPEN_REQUEST, PLAN_LEVEL, SAVE_RECORD}


async def activities(client: Client, request_id: str) -> list[str]:
    """Return the activities of a request's history, in order, but those that tell people."""
    history = await client.get_workflow_handle(workflow_id(request_id)).fetch_history()
    scheduled = (event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events)
    return [name for name in scheduled if name in KNOWN]


async def test_a_plain_request_takes_one_activity_for_each_decision(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=184_000, currency="USD")
    for approver in ("ben", "chen", "dora"):
        await office.client.approve(request_id, Approve(approver=approver))
        told = f"'actor': '{approver}', 'action': 'approve'"
        await office.record_when(request_id, lambda record, told=told: told in str(record.state))  # type: ignore[misc]
    state = await office.state_at_end(request_id)
    assert state.application is not None
    assert state.application.status == "APPLIED"
    assert await activities(office.temporal, request_id) == [OPEN_REQUEST, SAVE_RECORD, SAVE_RECORD, SAVE_RECORD]


async def test_an_opening_whose_answer_was_lost_is_no_second_run(office: Office) -> None:
    office.faults.lose_answers("begin_record", 1)
    request_id = await office.start(levels=[level("ben")])
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.state_at_end(request_id)
    trail = await office.client.get_audit_trail(request_id)
    assert verify(trail)
    assert [entry.action for entry in trail.entries] == ["request", "open", "approve", "end"]


async def test_the_record_is_there_before_anybody_may_decide(office: Office) -> None:
    request = leave(levels=[level("ben")])
    await office.start(request)
    record = await office.record_when(request.request_id, lambda record: record.sequence == 2)
    assert (record.status, record.finished) == (ApprovalStatus.IN_REVIEW, False)


@pytest.mark.parametrize("fault", ["directory", "book_absence"])
async def test_what_fails_beside_the_record_is_done_by_itself(office: Office, fault: str) -> None:
    days = {"from": "2026-12-24", "until": "2027-01-03"}
    request_id = await office.start(details=days, levels=[level("ben"), level("chen", name="last")])
    office.faults.fail(fault, 1)
    await office.client.approve(request_id, Approve(approver="ben"))
    if fault == "directory":
        await eventually(lambda: activities(office.temporal, request_id), lambda names: PLAN_LEVEL in names)
    await office.client.approve(request_id, Approve(approver="chen"))
    state = await office.state_at_end(request_id)
    assert state.application is not None
    assert state.application.status == "APPLIED"
    own = PLAN_LEVEL if fault == "directory" else APPLY_REQUEST
    assert (await activities(office.temporal, request_id)).count(own) == 1


async def test_who_goes_away_later_is_noticed_within_a_day(skipping_office: Office) -> None:
    office = skipping_office
    request_id = await office.start(levels=[level("ben", "chen")])
    opened = (await office.client.get_state(request_id)).updated_at.date()
    await SqlDirectory(office.store).book_absence("ben", opened, opened + timedelta(days=30), "REQ-1/v1")
    await office.client.comment(request_id, AddComment(author="fay", text="Nothing is asked anew for this."))
    assert not (await office.client.get_state(request_id)).levels[0].away
    await office.pass_time(days=1, hours=1)
    state = await office.state_when(request_id, lambda state: bool(state.levels[0].away))
    assert [each.person for each in state.levels[0].away] == ["ben"]
