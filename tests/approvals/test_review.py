"""How requests pass and end, by the rules alone."""

from tests.support.approvals import NOW, level, under_review
from workflows.approvals.explain import explain
from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelStatus
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Approve, Reject, Withdraw
from workflows.approvals.views import state_of


def after_approvals(review: Review, *approvers: str) -> ApprovalState:
    for approver in approvers:
        review.approve(Approve(approver=approver), NOW)
    return state_of(review, "off", NOW)


def test_one_rejection_ends_the_request() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"}), level("dora", name="last")])
    after_approvals(review, "ben")
    review.reject(Reject(approver="chen", reason=" too late "), NOW)
    assert (review.status, review.reason) == (ApprovalStatus.REJECTED, "too late")
    statuses = [each.status for each in state_of(review, "off", NOW).levels]
    assert statuses == [LevelStatus.REJECTED, LevelStatus.CLOSED]


def test_a_withdrawal_closes_the_open_level() -> None:
    review = under_review()
    review.withdraw(Withdraw(requester="ana", reason="changed my mind"), NOW)
    state = state_of(review, "off", NOW)
    assert (state.status, state.levels[0].status) == (ApprovalStatus.WITHDRAWN, LevelStatus.CLOSED)


def test_a_chief_executive_asks_the_other_directors() -> None:
    review = under_review(requester="greta", kind="purchase", amount=100_000, currency="USD")
    levels = [(each.name, each.approvers, each.barred) for each in state_of(review, "off", NOW).levels]
    assert levels == [("manager", ["dora"], []), ("hr", ["chen", "emeka"], []), ("directors", [], ["dora"])]


def test_a_level_without_a_time_limit_reminds_with_longer_and_longer_pauses_and_is_never_overdue() -> None:
    review = under_review(levels=[level("ben", "chen")])
    assert explain(review, NOW).next[0].what == "level team still waits, and its approvers are reminded"
    days: list[int] = []
    while review.wake_at is not None and len(days) < 20:
        now = review.wake_at
        days.append((now - NOW).days)
        review.tick(now)
    assert days == [3, 6, 12, 19, 26, 33, 40, 47, 54, 61]
    assert (review.is_open, review.overdue, review.due_at) == (True, False, None)
    assert "reminder 2: level team has been open for 6 days, waiting for ben or chen" in [
        e.detail for e in review.trail
    ]
