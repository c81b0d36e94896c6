"""Signals to a request, which takes none: they are refused for all to see. Unknown updates and queries are errors."""

import pytest
from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateFailedError

from tests.support.approvals import NOW, Office, leave
from workflows.approvals.client import workflow_id
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve
from workflows.shared.refused_signals import ACKNOWLEDGE, MAX_REFUSALS
from workflows.shared.summary import Summary


async def test_a_signal_is_refused_and_the_request_goes_on(office: Office) -> None:
    request_id = await office.start()
    handle = office.temporal.get_workflow_handle(workflow_id(request_id))
    await handle.signal("approve", {"approver": "ben"})
    state = await office.state_when(request_id, lambda state: bool(state.refusals))
    reason = "there is no signal 'approve'; there is note_refusal"
    assert [(each.signal, each.reason) for each in state.refusals] == [("approve", reason)]
    row = await handle.query("get_summary", result_type=Summary)
    assert (state.attention, row.attention) == ("signal_refused", "signal_refused")
    trail = await office.client.get_audit_trail(request_id)
    assert ("refuse_signal", f"approve: {reason}") in [(entry.action, entry.detail) for entry in trail.entries]
    assert [action.name for action in state.actions][-1] == ACKNOWLEDGE
    await handle.signal(ACKNOWLEDGE, {"by": "ana", "note": "it was meant for another one"})
    after = await office.state_when(request_id, lambda state: state.attention is None)
    assert ACKNOWLEDGE not in [action.name for action in after.actions]
    last = (await office.client.get_audit_trail(request_id)).entries[-1]
    words = "ana has looked at the refused signals: it was meant for another one"
    assert (last.actor, last.action, last.detail) == ("ana", ACKNOWLEDGE, words)
    await office.client.approve(request_id, Approve(approver="ben"))
    await office.client.approve(request_id, Approve(approver="chen"))
    ended = await office.state_at_end(request_id)
    assert (ended.status, ended.attention, ended.refusal_count) == ("APPROVED", None, 1)


async def test_a_signal_that_comes_before_the_chain_is_known_is_not_lost(office: Office) -> None:
    office.lose_directory()
    request = leave()
    handle = await office.temporal.start_workflow(
        "ApprovalWorkflow",
        request,
        id=workflow_id(request.request_id),
        task_queue=office.task_queue,
        start_signal="hurry",
        start_signal_args=[],
    )
    await office.directory_asked()
    office.faults.up("directory")
    state = await office.state_when(request.request_id, lambda state: bool(state.refusals))
    assert state.refusals[0].signal == "hurry"
    await handle.terminate()


async def test_an_unknown_update_or_query_is_an_error_that_names_the_known_ones(office: Office) -> None:
    handle = office.temporal.get_workflow_handle(workflow_id(await office.start()))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update("aprove", {"approver": "ben"})
    assert "approve" in str(refused.value.cause)
    with pytest.raises(WorkflowQueryFailedError, match="get_state"):
        await handle.query("get_stat")
    await handle.terminate()


def test_a_flood_fills_neither_the_trail_nor_the_refusals() -> None:
    review = Review(leave(), NOW)
    for number in range(300):
        review.refuse_signal(f"flood-{number}", "there is no such signal", NOW)
    assert (len(review.refusals.latest), review.refusals.count) == (MAX_REFUSALS, 300)
    assert review.shown_attention == "signal_refused"
    assert len(review.trail) == 1 + MAX_REFUSALS + 1
