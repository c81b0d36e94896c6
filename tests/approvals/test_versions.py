"""Versions of a request: sent back, sent in again, and votes that are bound to what was shown."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import NOW, level, under_review
from workflows.approvals.models import ApprovalStatus, Refusals
from workflows.approvals.review.review import Review
from workflows.approvals.review.versions import RESUBMIT_WITHIN
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    NoteRefusal,
    Reject,
    RequestChanges,
    Resubmit,
    Retract,
)
from workflows.approvals.views import state_of, summary_of

FILE = Attach(author="ana", name="offer", url="https://files.example.com/offer.pdf", sha256="A" * 64)


def returned() -> Review:
    """Return a request that one has approved and another has sent back."""
    review = under_review(
        kind="expense",
        amount=12_000,
        currency="USD",
        details={"supplier": "Optica"},
        levels=[level("ben"), level("chen", "dora", name="hr", rule={"kind": "all"})],
    )
    review.approve(Approve(approver="ben"), NOW)
    review.request_changes(RequestChanges(approver="chen", reason="Which supplier?"), NOW)
    return review


def test_a_request_goes_back_to_its_requester_and_begins_again() -> None:
    review = returned()
    assert review.status == ApprovalStatus.CHANGES_REQUESTED
    assert summary_of(review, NOW).waiting_for == ["ana"]
    with pytest.raises(ApplicationError, match="was sent back and takes no votes until ana sends it in again") as no:
        review.approve(Approve(approver="dora"), NOW)
    assert no.value.type == "Closed"
    resubmit = Resubmit(requester="ana", details={"supplier": "Lux", "pieces": 2}, amount=15_000, note="another one")
    review.resubmit(resubmit, None, NOW)
    state = state_of(review, "off", NOW)
    assert (state.version, state.current_level, review.chain.votes) == (2, 0, [])
    (version,) = state.versions
    assert [(vote.level, vote.approver) for vote in version.votes] == [("team", "ben")]
    assert [(each.field, each.before, each.after) for each in version.differences] == [
        ("amount", "$120.00", "$150.00"),
        ("details.supplier", "Optica", "Lux"),
        ("details.pieces", None, "2"),
    ]


def test_a_vote_on_what_was_shown_before_is_refused_with_the_differences() -> None:
    review = returned()
    shown = review.content_hash
    review.resubmit(Resubmit(requester="ana", amount=15_000, note="dearer"), None, NOW)
    for ballot in (Approve(approver="ben", content_hash=shown), Approve(approver="ben", version=1)):
        with pytest.raises(ApplicationError, match=r"amount was \$120.00 and is \$150.00; read it again") as no:
            review.approve(ballot, NOW)
        assert no.value.type == "StaleVersion"
        assert no.value.details[0]["differences"] == [{"field": "amount", "before": "$120.00", "after": "$150.00"}]
    review.approve(Approve(approver="ben", content_hash=review.content_hash, version=2), NOW)
    assert review.chain.votes[0].content_hash == review.content_hash


def test_an_attachment_is_part_of_what_is_decided() -> None:
    review = under_review(levels=[level("ben")])
    shown = review.content_hash
    review.attach(FILE, NOW)
    with pytest.raises(ApplicationError, match="attachment is new: offer"):
        review.approve(Approve(approver="ben", content_hash=shown), NOW)
    with pytest.raises(ApplicationError, match="is attached already"):
        review.attach(FILE, NOW)
    with pytest.raises(ApplicationError, match="neither made this request nor is an approver"):
        review.attach(FILE.model_copy(update={"author": "zed"}), NOW)


def test_nothing_is_attached_below_a_vote_that_stands() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.approve(Approve(approver="ben"), NOW)
    with pytest.raises(ApplicationError, match="ben has voted on what was there") as refused:
        review.attach(FILE, NOW)
    assert refused.value.type == Refusals.ALREADY_DECIDED
    review.retract(Retract(approver="ben"), NOW)
    review.attach(FILE, NOW)
    assert review.attachments


def test_one_that_is_not_sent_in_again_is_closed() -> None:
    review = returned()
    now = NOW
    while review.wake_at is not None:
        assert review.wake_at > now
        now = review.wake_at
        review.tick(now)
    assert (review.status, now) == (ApprovalStatus.EXPIRED, NOW + RESUBMIT_WITHIN)
    assert sum(entry.action == "remind" for entry in review.trail) == 4


def test_a_vote_is_taken_back_while_nothing_followed_from_it() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"}), level("dora", name="last")])
    review.approve(Approve(approver="ben"), NOW)
    review.retract(Retract(approver="ben", reason="too early"), NOW)
    assert review.chain.votes == []
    review.approve(Approve(approver="chen"), NOW)
    review.approve(Approve(approver="ben"), NOW)
    with pytest.raises(ApplicationError, match="the vote of ben stands: level team is APPROVED because of it"):
        review.retract(Retract(approver="ben"), NOW)
    with pytest.raises(ApplicationError, match="dora has no vote on version 1"):
        review.retract(Retract(approver="dora"), NOW)


def test_a_question_is_answered_by_a_comment() -> None:
    review = under_review(levels=[level("ben")])
    review.ask(Ask(approver="ben", of="fay", question="Is that needed?"), NOW)
    assert review.take_notices()[-1].recipients == ["fay"]
    review.comment(AddComment(author="fay", text="yes"), NOW + timedelta(minutes=1))
    (question,) = review.questions
    assert question.answered_at == NOW + timedelta(minutes=1)
    assert review.take_notices()[-1].recipients == ["ben"]


def test_a_vote_that_brought_more_approvers_is_not_taken_back() -> None:
    every = {"kind": "all"}
    review = under_review(levels=[level("ben", "chen", rule=every, rejection=every, escalate_to=["dora"])])
    review.reject(Reject(approver="ben", reason="no"), NOW)
    assert review.chain.steps[0].escalated == ["dora"]
    with pytest.raises(ApplicationError, match=r"level team has more approvers \(dora\) because of it"):
        review.retract(Retract(approver="ben"), NOW)


def test_refused_attempts_are_in_the_trail_up_to_a_bound() -> None:
    review = under_review()
    note = NoteRefusal(update="approve", by="ana", type="SelfApproval", reason="ana made this request", channel="slack")
    for _ in range(30):
        review.note_refusal(note, NOW)
    refused = [entry.detail for entry in review.trail if entry.action == "refused"]
    words = "approve through slack: SelfApproval: ana made this request"
    assert refused == [*[words] * 9, f"{words}; from now on they are only counted"]
    for number in range(30):
        review.note_refusal(note.model_copy(update={"by": f"p{number}"}), NOW)
        review.note_refusal(note.model_copy(update={"by": f"p{number}"}), NOW)
    assert sum(entry.action == "refused" for entry in review.trail) == 50
    assert state_of(review, "off", NOW).refused_attempts == 90


@pytest.mark.parametrize(
    "url", ["http://a.example/x", "https:///x", "https://u:p@a.example/", "ftp://a.example", "x y"]
)
def test_only_https_links_are_attached(url: str) -> None:
    with pytest.raises(ValueError, match="it is not an https link"):
        Attach(author="ana", name="x", url=url, sha256="a" * 64)


def test_a_level_rejected_by_more_than_one() -> None:
    two = {"kind": "quorum", "count": 2}
    review = under_review(levels=[level("ben", "chen", "dora", rejection=two)])
    review.reject(Reject(approver="ben", reason="no"), NOW)
    review.approve(Approve(approver="chen"), NOW)
    assert review.status == ApprovalStatus.APPROVED
