"""Who decides in somebody's place: delegates, substitutes, new owners; and what happens when nobody is there."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import NOW, level, under_review
from workflows.approvals.explain import explain
from workflows.approvals.level_models import LevelPlan, PersonPlan
from workflows.approvals.models import ApprovalStatus, LevelStatus
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve, Delegate, ExtendDeadline, Reassign, Reject, RequestChanges, Snooze
from workflows.approvals.views import state_of, summary_of

HOUR = timedelta(hours=1)


def see(review: Review, *people: PersonPlan) -> None:
    """Let the directory say who of the first open level is there."""
    review.plan(review.chain.open_steps[0], LevelPlan(people=list(people)), NOW)


def away(person: str, substitute: str | None = None) -> PersonPlan:
    return PersonPlan(person_id=person, absent=True, absent_until=NOW + HOUR, substitute=substitute)


def pending(review: Review) -> list[str]:
    return review.chain.pending(review.chain.open_steps[0], NOW)


def test_a_delegate_votes_for_an_approver_and_the_vote_says_so() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.delegate(Delegate(approver="ben", to="fay", until=NOW + HOUR), NOW)
    assert pending(review) == ["ben", "chen", "fay"]
    review.approve(Approve(approver="fay"), NOW)
    (vote,) = review.chain.votes
    assert (vote.approver, vote.on_behalf_of) == ("fay", "ben")
    with pytest.raises(ApplicationError, match="fay has voted for ben on level team: waiting for chen") as no:
        review.approve(Approve(approver="ben"), NOW)
    assert no.value.type == "DuplicateVote"
    review.approve(Approve(approver="chen"), NOW)
    assert review.status == ApprovalStatus.APPROVED


def test_a_delegation_ends_by_itself() -> None:
    review = under_review(levels=[level("ben")])
    review.delegate(Delegate(approver="ben", to="fay", until=NOW + HOUR), NOW)
    assert review.why_not_vote(Approve(approver="fay"), NOW) is None
    refusal = review.why_not_vote(Approve(approver="fay"), NOW + HOUR)
    assert refusal is not None
    assert refusal.kind == "NotEligible"
    assert review.wake_at == NOW + HOUR
    review.tick(NOW + HOUR)
    assert review.trail[-1].detail == "ben's delegation to fay has ended"


@pytest.mark.parametrize(
    ("delegate", "kind", "words"),
    [
        (Delegate(approver="ben", to="ana"), "SelfApproval", "ana made this request and cannot decide it, for nobody"),
        (Delegate(approver="ana", to="fay"), "SelfApproval", "ana made this request"),
        (Delegate(approver="ben", to="ben"), "InvalidRequest", "to: ben has that vote already"),
        (Delegate(approver="zed", to="fay"), "NotEligible", "zed is not among the approvers"),
        (Delegate(approver="ben", to="fay", until=NOW), "InvalidRequest", "until: 2025-01-31 15:30 UTC is in the past"),
        (
            Delegate(approver="ben", to="chen"),
            "InvalidRequest",
            "chen delegates to ben delegates to chen, which is",
        ),
        (Delegate(approver="ben", to="dora"), "NotEligible", "dora has one vote, and level last needs it"),
    ],
)
def test_a_delegation_that_may_not_be(delegate: Delegate, kind: str, words: str) -> None:
    review = under_review(levels=[level("ben", "chen"), level("dora", name="last")])
    review.delegate(Delegate(approver="chen", to="ben"), NOW)
    with pytest.raises(ApplicationError, match=words) as no:
        review.delegate(delegate, NOW)
    assert no.value.type == kind


def test_substitutes_chain_past_the_requester() -> None:
    review = under_review(levels=[level("ben")])
    see(review, away("ben", "dora"), away("dora", "greta"))
    assert pending(review) == ["ben", "dora", "greta"]
    review.approve(Approve(approver="greta"), NOW)
    assert review.chain.votes[0].on_behalf_of == "ben"
    other = under_review(levels=[level("ben")])
    see(other, away("ben", "ana"))
    assert pending(other) == ["ben"], "nobody decides their own request as a substitute"


def test_an_absence_without_a_substitute_brings_help_at_once() -> None:
    help_ = {"on_timeout": "escalate", "escalate_to": ["dora"], "fallback": ["greta"]}
    review = under_review(levels=[level("ben") | help_])
    see(review, away("ben"))
    assert pending(review) == ["ben", "dora"]
    see(review, away("ben"), away("dora"))
    assert pending(review) == ["ben", "dora", "greta"]
    assert "cannot be decided by those who are here: added greta" in review.trail[-1].detail


def test_a_level_whose_people_have_left_ends_the_request() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    see(review, PersonPlan(person_id="ben", known=False))
    assert (review.status, review.reason) == (
        ApprovalStatus.EXPIRED,
        "level team can no longer pass: too few are left to approve it",
    )


def test_rejects_that_leave_too_few_reject_the_request() -> None:
    rule = {"kind": "quorum", "count": 2}
    review = under_review(levels=[level("ben", "chen", "dora", rule=rule, rejection={"kind": "all"})])
    review.reject(Reject(approver="ben", reason="no"), NOW)
    assert review.status == ApprovalStatus.IN_REVIEW
    review.reject(Reject(approver="chen", reason="no"), NOW)
    assert (review.status, review.chain.steps[0].status) == (ApprovalStatus.REJECTED, LevelStatus.REJECTED)


def test_parallel_levels_open_together_and_take_one_vote_of_each() -> None:
    levels = [level("ben"), level("chen", "dora", name="hr", parallel=True), level("greta", name="last")]
    review = under_review(levels=levels)
    assert [step.level.name for step in review.chain.open_steps] == ["team", "hr"]
    review.approve(Approve(approver="dora", level="hr"), NOW)
    assert [step.level.name for step in review.chain.open_steps] == ["team"]
    review.approve(Approve(approver="ben"), NOW)
    assert [step.level.name for step in review.chain.open_steps] == ["last"]


def test_one_approval_counts_twice_only_where_the_level_says_so() -> None:
    both = [level("ben"), level("ben", name="again", same_person="skip"), level("chen", name="last")]
    review = under_review(levels=both)
    review.approve(Approve(approver="ben"), NOW)
    assert review.chain.steps[1].status == LevelStatus.SKIPPED
    words = "level again is skipped: the approval of ben on an earlier level counts here, too"
    assert words in [entry.detail for entry in review.trail]
    assert [step.level.name for step in review.chain.open_steps] == ["last"]


def test_a_seat_changes_hands() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.reassign(Reassign(level="team", remove="ben", add="dora", by="ben", reason="ill"), NOW)
    assert pending(review) == ["dora", "chen"]
    for add, words in (("ana", "ana made this request"), ("chen", "chen is an approver"), ("ben", "")):
        reassign = Reassign(level="team", remove="dora", add=add, by="dora", reason="busy")
        refusal = review.why_not_reassign(reassign)
        assert (refusal is None) == (add == "ben")
        assert refusal is None or words in refusal.words


def test_a_snooze_and_more_time() -> None:
    review = under_review(levels=[level("ben", "chen", due_seconds=60)])
    review.snooze(Snooze(approver="ben", until=NOW + HOUR), NOW)
    assert summary_of(review, NOW).waiting_for == ["chen"]
    review.tick(NOW + timedelta(seconds=60))
    assert review.shown_attention == "overdue"
    due = NOW + 2 * HOUR
    review.extend_deadline(ExtendDeadline(level="team", due_at=due, by="chen", reason="busy"), NOW + HOUR)
    state = state_of(review, "off", NOW + HOUR)
    assert (state.attention, state.due_at) == (None, due)
    assert summary_of(review, NOW + HOUR).waiting_for == ["ben", "chen"]


def test_the_end_of_a_request_is_put_off_by_its_approvers() -> None:
    review = under_review(levels=[level("ben", "chen")], expires_at=NOW + HOUR)
    more = ExtendDeadline(due_at=NOW + 3 * HOUR, by="chen", reason="ben is at sea")
    for changes, kind, words in (
        ({"by": "ana"}, "SelfApproval", "has no say in who decides it, or when"),
        ({"by": "fay"}, "NotEligible", "by: fay is not an approver of this request"),
        ({"reason": " "}, "ReasonRequired", "reason"),
        ({"due_at": NOW + HOUR}, "InvalidRequest", "due_at: the request ends 2025-01-31 16:30 UTC; give a later time"),
        ({"due_at": NOW - HOUR}, "InvalidRequest", "is in the past"),
    ):
        refusal = review.why_not_extend(more.model_copy(update=changes), NOW)
        assert refusal is not None
        assert (refusal.kind, words in refusal.words) == (kind, True)
    review.extend_deadline(more, NOW)
    assert review.wake_at is not None
    review.tick(NOW + 2 * HOUR)
    assert review.is_open
    assert state_of(review, "off", NOW).due_at == NOW + 3 * HOUR
    review.tick(NOW + 3 * HOUR)
    assert review.status == ApprovalStatus.EXPIRED


def test_who_sent_a_request_back_gives_its_requester_more_time() -> None:
    review = under_review(levels=[level("ben")])
    nothing = review.why_not_extend(ExtendDeadline(due_at=NOW + HOUR, by="ben", reason="x"), NOW)
    assert nothing is not None
    assert nothing.words == "level: the request has no end of its own; name a level"
    review.request_changes(RequestChanges(approver="ben", reason="which days?"), NOW)
    month = NOW + timedelta(days=30)
    review.extend_deadline(ExtendDeadline(due_at=month + HOUR, by="ben", reason="ana is ill"), NOW)
    review.tick(month)
    assert review.is_open
    review.tick(month + HOUR)
    assert review.status == ApprovalStatus.EXPIRED


def test_what_happens_if_nobody_acts() -> None:
    limit = {"due_seconds": 60, "on_timeout": "escalate", "escalate_to": ["dora"]}
    review = under_review(levels=[level("ben") | limit, level("greta", name="last")], expires_at=NOW + 2 * HOUR)
    see(review, away("ben", "fay"))
    told = explain(review, NOW)
    assert (told.can_pass, told.waiting_for) == (True, ["ben", "fay"])
    assert [event.what for event in told.next] == [
        "level team is overdue, and dora may decide it, too",
        "ben is back",
        "the request is closed, if it is not decided",
    ]
    assert told.chain[0].words == "waiting for ben or fay; ben is away until 2025-01-31, fay stands in"
