"""Requests on their way through their levels, on a real server."""

import asyncio

import pytest

from tests.support.approvals import Office, level
from workflows.approvals.models import ApprovalState, ApprovalStatus
from workflows.approvals.updates import AddComment, Approve, Reject
from workflows.shared.errors import ClosedError, RefusedError


async def test_policy_takes_an_expense_to_manager_hr_and_directors(office: Office) -> None:
    request_id = await office.start(kind="expense", amount=184_000, currency="USD")
    state = await office.client.get_state(request_id)
    assert [(each.name, each.pending) for each in state.levels] == [
        ("manager", ["ben"]),
        ("hr", ["chen", "emeka"]),
        ("directors", ["dora", "greta"]),
    ]
    state = await office.client.approve(request_id, Approve(approver="ben", comment="worth it"))
    assert (state.status, state.current_level) == (ApprovalStatus.IN_REVIEW, 1)
    state = await office.client.approve(request_id, Approve(approver="emeka"))
    assert state.levels[1].pending == []
    state = await office.client.approve(request_id, Approve(approver="greta"))
    assert (state.status, state.current_level) == (ApprovalStatus.APPROVED, None)
    assert [vote.approver for each in state.levels for vote in each.votes] == ["ben", "emeka", "greta"]
    assert (await office.state_at_end(request_id)).status == ApprovalStatus.APPROVED
    with pytest.raises(ClosedError, match="has ended"):
        await office.client.approve(request_id, Approve(approver="dora"))
    assert (await office.client.get_state(request_id)).status == ApprovalStatus.APPROVED


async def test_the_same_update_id_counts_once(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"})])
    vote = Approve(approver="ben")
    states = await asyncio.gather(*(office.client.approve(request_id, vote, update_id="click-1") for _ in range(5)))
    assert {state.model_dump_json() for state in states} == {states[0].model_dump_json()}
    comment = AddComment(author="fay", text="please")
    await office.client.comment(request_id, comment, update_id="said-1")
    state = await office.client.comment(request_id, comment, update_id="said-1")
    assert len(state.levels[0].votes) == 1
    assert len(state.comments) == 1


async def test_concurrent_decisions_end_one_way(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen", "dora", "emeka")])
    answers = await asyncio.gather(
        office.client.approve(request_id, Approve(approver="ben")),
        office.client.reject(request_id, Reject(approver="chen", reason="no")),
        office.client.approve(request_id, Approve(approver="dora")),
        office.client.reject(request_id, Reject(approver="emeka", reason="no")),
        return_exceptions=True,
    )
    accepted = [answer for answer in answers if isinstance(answer, ApprovalState)]
    assert len(accepted) == 1
    for answer in answers:
        assert isinstance(answer, ApprovalState | ClosedError) or (
            isinstance(answer, RefusedError) and answer.kind == "AlreadyDecided"
        )
    final = await office.state_at_end(request_id)
    assert final.status == accepted[0].status
    assert len(final.levels[0].votes) == 1


async def test_anybody_whom_the_directory_knows_may_comment(office: Office) -> None:
    request_id = await office.start()
    state = await office.client.comment(request_id, AddComment(author="fay", text="[bold]yes[/bold] <!channel>"))
    assert [(each.author, each.text) for each in state.comments] == [("fay", "[bold]yes[/bold] <!channel>")]
    with pytest.raises(RefusedError, match="the directory does not know zed") as refused:
        await office.client.comment(request_id, AddComment(author="zed", text="me too"))
    assert refused.value.kind == "NotEligible"
    assert len((await office.client.get_state(request_id)).comments) == 1
