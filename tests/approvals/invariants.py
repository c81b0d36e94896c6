"""What must hold of every request at every moment, counted anew from its state."""

from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelState, LevelStatus

FINAL = {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.WITHDRAWN, ApprovalStatus.EXPIRED}


def check_invariants(state: ApprovalState, originally: list[int]) -> None:
    """Assert what must hold; ``originally`` is how many approvers each level had when the request started."""
    for level, approvers in zip(state.levels, originally, strict=True):
        voters = [vote.approver for vote in level.votes]
        assert len(voters) == len(set(voters)), "nobody votes twice on a level"
        assert state.request.requester not in voters, "nobody decides their own request"
        assert state.request.requester not in level.pending
        assert set(voters) <= set(level.approvers)
        assert not set(voters) & set(level.pending)
        assert (level.status == LevelStatus.APPROVED) == (rule_is_met(level, approvers) and not rejections(level))
        if level.status == LevelStatus.NOT_OPEN:
            assert not voters
    statuses = [level.status for level in state.levels]
    if state.status == ApprovalStatus.IN_REVIEW:
        assert state.current_level is not None
        current = state.current_level
        assert statuses[:current] == [LevelStatus.APPROVED] * current, "levels open in sequence"
        assert statuses[current] == LevelStatus.OPEN
        assert statuses[current + 1 :] == [LevelStatus.NOT_OPEN] * (len(statuses) - current - 1)
    else:
        assert state.current_level is None
        assert not {LevelStatus.OPEN, LevelStatus.NOT_OPEN} & set(statuses)
    assert (state.status == ApprovalStatus.APPROVED) == all(status == LevelStatus.APPROVED for status in statuses)
    assert (state.status == ApprovalStatus.REJECTED) == (sum(map(rejections, state.levels)) == 1)


def rule_is_met(level: LevelState, approvers: int) -> bool:
    """Tell whether the level has the approvals that its rule asks for."""
    approvals = sum(vote.decision == "approve" for vote in level.votes)
    match level.rule.kind:
        case "any":
            return approvals >= 1
        case "all":
            return approvals >= approvers
        case "quorum":
            assert level.rule.count is not None
            return approvals >= level.rule.count


def rejections(level: LevelState) -> int:
    """Return how many rejected it."""
    return sum(vote.decision == "reject" for vote in level.votes)
