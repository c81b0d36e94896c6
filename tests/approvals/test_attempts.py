"""Attempts that a request's own trail cannot take: decisions after its end, refused starts, texts that are not sent."""

import pytest
from pydantic import ValidationError
from temporalio.client import WorkflowFailureError

from tests.support.approvals import Office, leave, level
from tests.support.eventually import eventually
from tests.support.resets import reset, reset_points
from workflows.approvals.audit import verify
from workflows.approvals.client import workflow_id
from workflows.approvals.updates import AddComment, Approve
from workflows.shared.errors import ClosedError, NotFoundError, RefusedError


async def test_a_decision_on_a_closed_request_is_kept_beside_its_trail(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.state_at_end(request_id)
    before = await office.client.get_audit_trail(request_id)
    with pytest.raises(ClosedError):
        await office.client.approve(request_id, Approve(approver="zed", channel="console"))
    trail = await eventually(lambda: office.client.get_audit_trail(request_id), lambda found: bool(found.attempts))
    assert trail.entries == before.entries
    assert [(each.actor, each.action, each.detail) for each in trail.attempts] == [
        ("zed", "refused", f"approve through console: Closed: request {request_id} has ended and takes no more changes")
    ]
    assert verify(trail)


async def test_a_refused_start_is_kept_when_a_better_one_follows(office: Office) -> None:
    request = leave(requester="zed")
    with pytest.raises(RefusedError, match="unknown requester zed"):
        await office.client.start(request)
    await office.client.start(request.model_copy(update={"requester": "ana"}))
    trail = await office.client.get_audit_trail(request.request_id)
    assert [entry.action for entry in trail.entries] == ["request", "open"]
    (refused,) = trail.attempts
    assert (refused.actor, refused.action) == ("zed", "refused")
    assert refused.detail.startswith("start: InvalidRequest: requester: unknown requester zed")
    assert verify(trail)


async def test_a_refused_start_is_kept_once_whatever_a_reset_repeats(office: Office) -> None:
    request = leave(requester="zed")
    with pytest.raises(RefusedError, match="unknown requester zed"):
        await office.client.start(request)
    started = workflow_id(request.request_id)
    await reset(office.temporal, started, (await reset_points(office.temporal, started))[0])
    with pytest.raises(WorkflowFailureError):
        await office.temporal.get_workflow_handle(started).result()
    assert len(await office.client.attempts(request.request_id)) == 1


async def test_a_refused_start_fails_at_once_when_the_store_does_not_take_it(office: Office) -> None:
    office.faults.fail("keep_attempt", 1)
    with pytest.raises(RefusedError, match="unknown requester zed"):
        await office.start(requester="zed")


async def test_a_text_that_is_too_long_to_be_sent_is_noted(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    with pytest.raises(ValidationError, match="at most 4000 characters") as refused:
        AddComment(author="ben", text="x" * 40_000)
    await office.client.note_invalid(request_id, "comment", "ben", refused.value, channel="console")
    trail = await office.client.get_audit_trail(request_id)
    last = trail.entries[-1]
    words = "comment through console: InvalidRequest: text: String should have at most 4000 characters"
    assert (last.actor, last.detail) == ("ben", words)


async def test_a_request_that_nobody_knows_has_no_trail(office: Office) -> None:
    with pytest.raises(NotFoundError):
        await office.client.get_audit_trail("REQ-NOBODY-KNOWS")
