"""One person has one vote on a version, on however many levels they stand."""

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import NOW, level, under_review
from workflows.approvals.actions import available_actions
from workflows.approvals.models import ApprovalStatus, LevelStatus
from workflows.approvals.outlook import outlook
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve, Reject
from workflows.approvals.views import state_of

BOTH = {"kind": "all"}
TWO = {"kind": "quorum", "count": 2}


def approve(review: Review, *people: str) -> None:
    for person in people:
        review.approve(Approve(approver=person), NOW)


def waiting(review: Review) -> list[list[str]]:
    return [review.chain.pending(step, NOW) for step in review.chain.steps]


def words(review: Review) -> list[str]:
    """Return what the trail says that the workflow did."""
    return [entry.detail for entry in review.trail if entry.actor == "(workflow)"]


def effect(review: Review, person: str) -> str | None:
    return next(action.effect for action in available_actions(review, person, NOW) if action.name == "approve")


def test_a_manager_who_is_a_director_leaves_the_directors_level_to_another() -> None:
    review = under_review(requester="ben", kind="purchase", amount=200_000, currency="USD")
    assert waiting(review) == [["dora"], ["chen", "emeka"], ["greta"]], "it is known from the start"
    approve(review, "dora", "chen")
    for ballot in (Approve(approver="dora"), Reject(approver="dora", reason="on second thoughts")):
        with pytest.raises(ApplicationError, match="dora has voted on level manager: now level directors") as no:
            review.approve(ballot, NOW) if isinstance(ballot, Approve) else review.reject(ballot, NOW)
        assert no.value.type == "DuplicateVote"
    assert words(review)[-1] == "level directors is open, waiting for greta; dora voted on an earlier level"
    approve(review, "greta")
    assert review.status == ApprovalStatus.APPROVED


def test_a_level_without_anybody_else_is_skipped_and_says_so() -> None:
    review = under_review(requester="dora", kind="purchase", amount=200_000, currency="USD")
    skipped = "level directors is skipped: greta votes on an earlier level, and nobody has two votes"
    state = state_of(review, "off", NOW)
    assert [each.status for each in state.levels] == [LevelStatus.OPEN, LevelStatus.NOT_OPEN, LevelStatus.SKIPPED]
    assert words(review)[0] == skipped
    assert outlook(state).words == f"greta, then chen or emeka; {skipped}"
    approve(review, "greta", "chen")
    state = state_of(review, "off", NOW)
    assert (state.status, state.levels[2].votes, state.levels[2].barred) == (ApprovalStatus.APPROVED, [], ["greta"])


def test_what_only_a_vote_makes_known_is_told_before_and_after() -> None:
    review = under_review(levels=[level("ben", "chen"), level("chen", name="hr"), level("chen", "dora", name="last")])
    assert waiting(review) == [["ben", "chen"], ["chen"], ["dora"]], "chen must decide the second, whoever the first"
    skipped = "level hr is skipped: chen votes on an earlier level, and nobody has two votes"
    assert effect(review, "ben") == "passes level team, opens hr (chen)"
    assert effect(review, "chen") == f"passes level team, opens last (dora); {skipped}"
    approve(review, "chen")
    assert waiting(review) == [[], [], ["dora"]]
    assert words(review)[-2:] == [skipped, "level last is open, waiting for dora; chen voted on an earlier level"]


def test_a_quorum_that_is_out_of_reach_is_helped_by_those_to_escalate_to() -> None:
    board = level("ben", "chen", name="board", rule=TWO, due_seconds=9, on_timeout="escalate", escalate_to=["dora"])
    review = under_review(levels=[level("ben"), board])
    assert waiting(review) == [["ben"], ["chen", "dora"]]
    approve(review, "ben", "chen")
    assert waiting(review)[1] == ["dora"], "it still takes two"
    approve(review, "dora")
    assert review.status == ApprovalStatus.APPROVED


def test_a_quorum_that_nobody_can_help_takes_all_of_the_others() -> None:
    review = under_review(
        levels=[level("ben", "chen", rule=BOTH), level("ben", "chen", "dora", name="board", rule=TWO)]
    )
    approve(review, "ben", "chen")
    opened = "level board is open, waiting for dora; ben and chen voted on an earlier level, so 1 must approve, not 2"
    assert words(review)[-1] == opened
    approve(review, "dora")
    assert review.status == ApprovalStatus.APPROVED
