"""What must hold of every request at every moment, counted anew from its state."""

from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelState, LevelStatus
from workflows.approvals.outlook import missing_approvals

FINAL = {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.WITHDRAWN, ApprovalStatus.EXPIRED}


DONE = {LevelStatus.APPROVED, LevelStatus.SKIPPED}


def check_invariants(state: ApprovalState, asked: list[list[str]]) -> None:
    """Assert what must hold; ``asked`` are the approvers that each level was given, without the requester."""
    before: set[str] = set()
    for level, people in zip(state.levels, asked, strict=True):
        voters = [vote.approver for vote in level.votes]
        assert not before & {*voters, *(level.pending if level.status == LevelStatus.OPEN else [])}, (
            "nobody's vote counts on two levels"
        )
        assert len(voters) == len(set(voters)), "nobody votes twice on a level"
        assert state.request.requester not in voters, "nobody decides their own request"
        assert state.request.requester not in level.pending
        assert set(voters) <= set(level.approvers)
        assert not set(voters) & set(level.pending)
        assert (level.status == LevelStatus.APPROVED) == (rule_is_met(level, people, before) and not rejections(level))
        if level.status in {LevelStatus.NOT_OPEN, LevelStatus.SKIPPED}:
            assert not voters
        if level.status == LevelStatus.SKIPPED:
            assert set(people) == set(level.barred), "a level is skipped only when all of its people vote before"
            assert state.status != ApprovalStatus.APPROVED or set(people) <= before
        if level.status == LevelStatus.OPEN:
            assert len(level.pending) >= missing_approvals(level) > 0, "an open level has a way out"
        before.update(voters)
    statuses = [level.status for level in state.levels]
    if state.status == ApprovalStatus.IN_REVIEW:
        assert state.current_level is not None
        current = state.current_level
        assert set(statuses[:current]) <= DONE, "levels open in sequence"
        assert statuses[current] == LevelStatus.OPEN
        assert set(statuses[current + 1 :]) <= {LevelStatus.NOT_OPEN, LevelStatus.SKIPPED}
    else:
        assert state.current_level is None
        assert not {LevelStatus.OPEN, LevelStatus.NOT_OPEN} & set(statuses)
    assert (state.status == ApprovalStatus.APPROVED) == (set(statuses) <= DONE)
    assert (state.status == ApprovalStatus.REJECTED) == (sum(map(rejections, state.levels)) == 1)


def rule_is_met(level: LevelState, asked: list[str], before: set[str]) -> bool:
    """Tell whether the level has the approvals that its rule asks of the people who have not voted ``before``."""
    others = set(asked) - before
    counts = {"any": 1, "all": max(len(others), 1), "quorum": level.rule.count}
    wanted = counts[level.rule.kind]
    assert wanted is not None
    approvals = sum(vote.decision == "approve" for vote in level.votes)
    return approvals >= max(min(wanted, len(level.approvers)), 1)


def rejections(level: LevelState) -> int:
    """Return how many rejected it."""
    return sum(vote.decision == "reject" for vote in level.votes)
