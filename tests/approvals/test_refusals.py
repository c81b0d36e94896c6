"""What a change is refused with: the kind and words for people, and nothing changed."""

import re
from collections.abc import Sequence

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import NOW, Office, level, under_review
from workflows.approvals.review.base import MAX_COMMENTS
from workflows.approvals.review.review import Review
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw
from workflows.approvals.views import state_of
from workflows.shared.errors import RefusedError

Change = Approve | Reject | Withdraw | AddComment

TWO_LEVELS = [level("ben", "fay", rule={"kind": "quorum", "count": 1}), level("chen", "emeka", name="hr")]
BEN = Approve(approver="ben", version=1)
CHEN = Approve(approver="chen")
LONG = AddComment(author="ana", text="x" * 4000)


def apply(review: Review, change: Change) -> None:
    match change:
        case Approve():
            review.approve(change, NOW)
        case Reject():
            review.reject(change, NOW)
        case Withdraw():
            review.withdraw(change, NOW)
        case AddComment():
            review.comment(change, NOW)


@pytest.mark.parametrize(
    ("before", "change", "kind", "words"),
    [
        ([], Approve(approver="zed"), "NotEligible", "zed is not among the approvers of this level: waiting for"),
        ([], CHEN, "NotEligible", "waiting for ben or fay"),
        ([], Approve(approver="Ben"), "NotEligible", "waiting for ben or fay; did you mean ben?"),
        ([], Reject(approver="dora", reason="no"), "NotEligible", "waiting for ben or fay"),
        ([], Approve(approver="ana"), "SelfApproval", "ana made this request and cannot decide it"),
        ([], Reject(approver="ana", reason="no"), "SelfApproval", "who made it may withdraw it"),
        ([], Reject(approver="ben", reason="  "), "ReasonRequired", "reason: it is empty"),
        ([], Approve(approver="ben", version=2), "StaleVersion", "is on version 2, the request is at version 1"),
        ([], Approve(approver="ben", on_behalf_of="fay"), "NotEligible", "ben has no delegation from fay"),
        ([], Approve(approver="dora", on_behalf_of="ben"), "NotEligible", "dora is not among the approvers"),
        ([], Withdraw(requester="ana", reason=""), "ReasonRequired", "reason: it is empty"),
        ([], Withdraw(requester="ben", reason="no"), "NotEligible", "only ana may withdraw it"),
        ([BEN], BEN, "DuplicateVote", "ben has voted on level team: now level hr is waiting for chen or emeka"),
        ([BEN], Approve(approver="fay"), "AlreadyDecided", "level team was approved by ben already: now level hr is"),
        ([BEN], Reject(approver="fay", reason="no"), "AlreadyDecided", "level team was approved by ben already"),
        ([BEN, CHEN], Approve(approver="emeka"), "AlreadyDecided", "was approved already and takes no more votes"),
        ([BEN, CHEN], AddComment(author="ana", text="thanks"), "Closed", "was approved and takes no more changes"),
        ([BEN, CHEN], Withdraw(requester="ana", reason="too late"), "Closed", "takes no more changes"),
        ([LONG] * 12, LONG, "InvalidRequest", "has room for 2,000 more characters of comments, not for 4,000"),
        ([AddComment(author="ana", text="x")] * MAX_COMMENTS, LONG, "InvalidRequest", "has 100 comments"),
    ],
)
def test_a_change_that_may_not_be(before: Sequence[Change], change: Change, kind: str, words: str) -> None:
    review = under_review(levels=TWO_LEVELS)
    for each in before:
        apply(review, each)
    state = state_of(review, "off", NOW)
    with pytest.raises(ApplicationError, match=re.escape(words)) as refused:
        apply(review, change)
    assert refused.value.type == kind
    assert state_of(review, "off", NOW) == state


def test_nobody_votes_twice_on_a_level() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.approve(BEN, NOW)
    with pytest.raises(ApplicationError, match="ben has voted on level team: waiting for chen") as refused:
        review.reject(Reject(approver="ben", reason="on second thoughts"), NOW)
    assert refused.value.type == "DuplicateVote"


async def test_a_decided_request_that_is_still_being_saved_takes_nothing_more(office: Office) -> None:
    request_id = await office.start(levels=[level("ben", "chen")])
    office.faults.hold("put")
    await office.client.approve(request_id, BEN)
    for call, kind in (
        (office.client.approve(request_id, CHEN), "AlreadyDecided"),
        (office.client.comment(request_id, LONG), "Closed"),
        (office.client.withdraw(request_id, Withdraw(requester="ana", reason="too late")), "Closed"),
    ):
        with pytest.raises(RefusedError) as refused:
            await call
        assert refused.value.kind == kind
    office.faults.let_go("put")
    assert (await office.state_at_end(request_id)).slack == "on"
