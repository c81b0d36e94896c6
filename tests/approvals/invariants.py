"""What must hold of every request at every moment, counted anew from its state."""

from collections import Counter
from collections.abc import Mapping, Sequence

from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelState, LevelStatus
from workflows.approvals.outlook import missing_approvals

FINAL = {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.WITHDRAWN, ApprovalStatus.EXPIRED}
DONE = {LevelStatus.APPROVED, LevelStatus.SKIPPED}
WAITS = {LevelStatus.NOT_OPEN, LevelStatus.OPEN}


def check_invariants(state: ApprovalState) -> None:
    """Assert what must hold of votes, levels and the request."""
    _check_people(state)
    for level in state.levels:
        _check_level(level)
    _check_sequence(state)
    statuses = [level.status for level in state.levels]
    assert (state.status == ApprovalStatus.APPROVED) == (set(statuses) <= DONE)
    if state.status == ApprovalStatus.REJECTED:
        assert sum(status == LevelStatus.REJECTED for status in statuses) == 1
    else:
        assert LevelStatus.REJECTED not in statuses


def _check_people(state: ApprovalState) -> None:
    votes = [vote for level in state.levels for vote in level.votes]
    voters = Counter(vote.approver for vote in votes)
    seats = Counter(vote.on_behalf_of or vote.approver for vote in votes)
    assert max(voters.values(), default=1) == 1, "one human has one vote on a version"
    assert max(seats.values(), default=1) == 1, "nobody's seat is voted twice, by whomever"
    assert state.request.requester not in {*voters, *seats}, "nobody decides their own request"
    for level in state.levels:
        assert state.request.requester not in {*level.pending, *level.approvers}
        if level.status == LevelStatus.OPEN:
            assert not set(voters) & set(level.pending), "who has voted is not waited for"


def _check_level(level: LevelState) -> None:
    seats = {vote.on_behalf_of or vote.approver for vote in level.votes}
    assert seats <= set(level.approvers)
    assert not set(level.barred) & set(level.approvers)
    approvals, rejects = _count(level, "approve") + len(level.carried), _count(level, "reject")
    if level.status == LevelStatus.APPROVED:
        assert approvals >= level.needed > 0
        assert rejects < level.rejects_needed
    if level.status in {LevelStatus.NOT_OPEN, LevelStatus.SKIPPED}:
        assert not level.votes
    if level.status == LevelStatus.SKIPPED:
        assert not level.approvers or approvals >= level.needed, "skipped only with nobody left, or enough carried over"
    if level.status == LevelStatus.OPEN:
        assert rejects < level.rejects_needed
        assert seatable(level) >= missing_approvals(level) > 0, "an open level has a way out"


def _check_sequence(state: ApprovalState) -> None:
    """Assert that levels open in sequence, parallel ones together."""
    statuses = [level.status for level in state.levels]
    if state.status != ApprovalStatus.IN_REVIEW:
        assert state.current_level is None
        assert not WAITS & set(statuses)
        return
    current = state.current_level
    assert current is not None
    assert statuses[current] == LevelStatus.OPEN
    first = max(index for index in range(current + 1) if index == 0 or not state.levels[index].parallel)
    end = next((index for index in range(first + 1, len(statuses)) if not state.levels[index].parallel), len(statuses))
    assert set(statuses[:first]) <= DONE
    assert set(statuses[first:end]) <= {LevelStatus.OPEN, *DONE}
    assert set(statuses[end:]) <= {LevelStatus.NOT_OPEN, LevelStatus.SKIPPED}


def seatable(level: LevelState) -> int:
    """Return how many open seats of a level can get a person of their own, tried in every way."""
    taken = {vote.on_behalf_of or vote.approver for vote in level.votes}
    seats = [seat for seat in level.approvers if seat not in {*taken, *level.carried, *level.gone}]
    holders = {
        seat: [
            person
            for person in [seat, *(each.person for each in level.stand_ins if each.of == seat)]
            if person in level.pending
        ]
        for seat in seats
    }
    return _most(seats, holders, frozenset())


def _most(seats: Sequence[str], holders: Mapping[str, Sequence[str]], used: frozenset[str]) -> int:
    if not seats:
        return 0
    seat, *rest = seats
    free = [person for person in holders[seat] if person not in used]
    return max([_most(rest, holders, used), *(1 + _most(rest, holders, used | {person}) for person in free)])


def _count(level: LevelState, decision: str) -> int:
    return sum(vote.decision == decision for vote in level.votes)
