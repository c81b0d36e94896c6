"""What Temporal's operations mean to a request, and what it holds."""

from collections.abc import Sequence

from console.operations.meaning import Meaning, StartAgain
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, ApprovalView
from workflows.shared.counts import number_of

OPEN = frozenset({ApprovalStatus.IN_REVIEW, ApprovalStatus.CHANGES_REQUESTED, ApprovalStatus.NEEDS_ACTION})


def held(view: ApprovalView) -> Sequence[str]:
    """Return the votes of a request that is open, and whom it waits for."""
    state, found = view.state, list[str]()
    if state.status not in OPEN:
        return found
    votes = sum(len(level.votes) for level in state.levels)
    found.append(f"an open request of {state.request.requester}, {state.status.replace('_', ' ').lower()}")
    if votes:
        found.append(f"{number_of(votes, 'vote')} given")
    if state.current_level is not None:
        level = state.levels[state.current_level]
        found.append(f"level {level.name} waits for {', '.join(level.pending) or 'nobody'}")
    return found


REQUEST = Meaning(
    cancel="ends the request undecided: its votes stay in the trail, nobody is told, and what it asks for is not done",
    terminate="ends the request undecided: its votes stay in the trail, nobody is told, and what it asks for is not"
    " done. A reset lets it go on later",
    reset="lets the request go on. It continues from the record in the store: no vote is lost, and none counts twice",
    pause="stops the request: votes and comments are refused until it goes on, and nobody is reminded",
    unpause="lets the request go on",
    timer="the time limit of the open level",
    instead=("withdraw", "reject"),
    held=held,
    again=StartAgain(ApprovalRequest, ApprovalsClient.start),
)
