"""What an update is refused with: the type, words for people, and nothing changed."""

import pytest

from tests.support.approvals import Office, level
from workflows.approvals.models import AddComment, Approve, Reject, Withdraw
from workflows.shared.errors import RefusedError

TWO_LEVELS = [level("ben", "fay", rule={"kind": "quorum", "count": 1}), level("chen", "emeka", name="hr")]


@pytest.mark.parametrize(
    ("vote", "kind", "words"),
    [
        (
            Approve(approver="zed"),
            "NotEligible",
            "zed is not among the approvers of this level: waiting for ben or fay",
        ),
        (Approve(approver="chen"), "NotEligible", "waiting for ben or fay"),
        (Reject(approver="dora", reason="no"), "NotEligible", "waiting for ben or fay"),
        (Approve(approver="ana"), "SelfApproval", "ana made this request and cannot decide it"),
        (Reject(approver="ana", reason="no"), "SelfApproval", "who made it may withdraw it"),
        (Reject(approver="ben", reason="  "), "ReasonRequired", "reason: it is empty"),
        (Approve(approver="ben", version=2), "StaleVersion", "the vote is on version 2, the request is at version 1"),
        (Approve(approver="ben", on_behalf_of="fay"), "NotEligible", "ben has no delegation from fay"),
        (Approve(approver="dora", on_behalf_of="ben"), "NotEligible", "dora is not among the approvers"),
    ],
)
async def test_a_vote_that_may_not_be(office: Office, vote: Approve | Reject, kind: str, words: str) -> None:
    request_id = await office.start(levels=TWO_LEVELS)
    before = await office.state_when(request_id, lambda state: state.slack == "sent")
    with pytest.raises(RefusedError, match=words) as refused:
        await _vote(office, request_id, vote)
    assert refused.value.kind == kind
    assert await office.client.get_state(request_id) == before


@pytest.mark.parametrize(
    ("vote", "kind", "words"),
    [
        (Approve(approver="ben"), "DuplicateVote", "ben has voted on level team: now level hr is waiting for chen or"),
        (Approve(approver="fay"), "AlreadyDecided", "level team was approved by ben already: now level hr is waiting"),
        (Reject(approver="fay", reason="no"), "AlreadyDecided", "level team was approved by ben already"),
    ],
)
async def test_a_vote_that_comes_too_late(office: Office, vote: Approve | Reject, kind: str, words: str) -> None:
    request_id = await office.start(levels=TWO_LEVELS)
    await office.client.approve(request_id, Approve(approver="ben", version=1))
    with pytest.raises(RefusedError, match=words) as refused:
        await _vote(office, request_id, vote)
    assert refused.value.kind == kind


async def test_nobody_votes_twice_on_a_level(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen", rule={"kind": "all"})])
    await office.client.approve(request_id, Approve(approver="ben"))
    with pytest.raises(RefusedError, match="ben has voted on level team: waiting for chen") as refused:
        await office.client.reject(request_id, Reject(approver="ben", reason="on second thoughts"))
    assert refused.value.kind == "DuplicateVote"


async def test_a_withdrawal_needs_a_reason(office: Office) -> None:
    request_id = await office.start()
    with pytest.raises(RefusedError, match="reason: it is empty") as refused:
        await office.client.withdraw(request_id, Withdraw(requester="ana", reason=""))
    assert refused.value.kind == "ReasonRequired"


async def test_a_decided_request_that_still_notifies_takes_nothing_more(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen")])
    office.channel.working.clear()
    await office.client.approve(request_id, Approve(approver="ben"))
    with pytest.raises(RefusedError, match="was approved already and takes no more votes") as refused:
        await office.client.approve(request_id, Approve(approver="chen"))
    assert refused.value.kind == "AlreadyDecided"
    with pytest.raises(RefusedError, match="was approved and takes no more changes") as refused:
        await office.client.comment(request_id, AddComment(author="ana", text="thanks"))
    assert refused.value.kind == "Closed"
    with pytest.raises(RefusedError) as refused:
        await office.client.withdraw(request_id, Withdraw(requester="ana", reason="too late"))
    assert refused.value.kind == "Closed"
    office.channel.working.set()
    assert (await office.state_at_end(request_id)).slack == "sent"


async def test_comments_have_a_bound(office: Office) -> None:
    request_id = await office.start(levels=[level("ben")])
    text = "x" * 4000
    for _ in range(12):
        await office.client.comment(request_id, AddComment(author="ana", text=text))
    with pytest.raises(RefusedError, match="has room for 2,000 more characters of comments, not for 4,000") as refused:
        await office.client.comment(request_id, AddComment(author="ana", text=text))
    assert refused.value.kind == "InvalidRequest"
    state = await office.client.approve(request_id, Approve(approver="ben"))
    assert len(state.comments) == 12


async def _vote(office: Office, request_id: str, vote: Approve | Reject) -> None:
    if isinstance(vote, Approve):
        await office.client.approve(request_id, vote)
    else:
        await office.client.reject(request_id, vote)
