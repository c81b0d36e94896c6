"""Many people deciding at once, against a running workflow: whatever is accepted, the rules hold."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.approvals.invariants import FINAL, check_invariants
from tests.support.approvals import Office, level
from tests.support.profiles import examples
from workflows.approvals.audit import verify
from workflows.approvals.models import ApprovalState
from workflows.approvals.updates import Approve, Reject
from workflows.shared.errors import CallError, ClosedError, RefusedError

CHAIN = [
    level("ben", "fay", "chen", rule={"kind": "quorum", "count": 2}),
    level("group:hr", name="hr", rule={"kind": "all"}),
    level("group:directors", name="directors"),
]
PEOPLE = ["ana", "ben", "fay", "chen", "emeka", "dora", "greta", "zed"]
approvals = st.builds(Approve, approver=st.sampled_from(PEOPLE))
votes = st.one_of(
    approvals, approvals, approvals, st.builds(Reject, approver=st.sampled_from(PEOPLE), reason=st.just("no"))
)


@examples(6, far=200, shrinks=False)
@given(rounds=st.lists(st.lists(votes, min_size=1, max_size=6), min_size=1, max_size=4))
async def test_the_rules_hold_under_concurrent_votes(office: Office, rounds: list[list[Approve | Reject]]) -> None:
    request_id = await office.start(levels=CHAIN)
    accepted: list[ApprovalState] = []
    for ballots in rounds:
        accepted += await _at_once(office, request_id, ballots)
    state = await office.client.get_state(request_id)
    check_invariants(state)
    counted = [vote for each in state.levels for vote in each.votes]
    assert len(counted) == len(accepted), "each accepted vote is counted, and no other"
    decisions = {answer.status for answer in accepted} & FINAL
    assert decisions <= {state.status}
    assert verify(await office.client.get_audit_trail(request_id))


async def _at_once(office: Office, request_id: str, ballots: Sequence[Approve | Reject]) -> list[ApprovalState]:
    """Send all at the same time, each twice under one update ID, and return one answer for each that was accepted."""
    calls = [_vote(office, request_id, ballot, f"{number}-{id(ballots)}") for number, ballot in enumerate(ballots)]
    answers = await asyncio.gather(*calls)
    return [answer for answer in answers if answer is not None]


async def _vote(office: Office, request_id: str, ballot: Approve | Reject, update_id: str) -> ApprovalState | None:
    first, second = await asyncio.gather(*(_send(office, request_id, ballot, update_id) for _ in range(2)))
    if isinstance(first, ApprovalState) and isinstance(second, ApprovalState):
        assert first == second
    return first if isinstance(first, ApprovalState) else second if isinstance(second, ApprovalState) else None


async def _send(office: Office, request_id: str, ballot: Approve | Reject, update_id: str) -> ApprovalState | CallError:
    try:
        if isinstance(ballot, Approve):
            return await office.client.approve(request_id, ballot, update_id=update_id)
        return await office.client.reject(request_id, ballot, update_id=update_id)
    except (RefusedError, ClosedError) as error:
        return error
