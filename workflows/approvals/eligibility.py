"""Who may do what to a request now. A check changes nothing, and raises the refusal that people read."""

from workflows.approvals.chain import Chain, Step
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Approve, LevelStatus, Refusals, Reject
from workflows.approvals.refusals import refusal
from workflows.approvals.wording import both, some

DECIDED = {ApprovalStatus.APPROVED: "approved", ApprovalStatus.REJECTED: "rejected"}
ENDED = {**DECIDED, ApprovalStatus.WITHDRAWN: "withdrawn", ApprovalStatus.EXPIRED: "closed, its time was up"}


def waiting_for(step: Step) -> str:
    """Return who must act now: ``waiting for chen or emeka``."""
    return f"waiting for {some(step.missing, step.pending)}"


def check_running(chain: Chain) -> None:
    """Raise ``Closed`` when the request has ended."""
    if chain.status in ENDED:
        raise refusal(Refusals.CLOSED, f"the request was {ENDED[chain.status]} and takes no more changes")


def check_undecided(chain: Chain) -> None:
    """Raise ``AlreadyDecided`` when people have decided the request, ``Closed`` when it ended otherwise."""
    if chain.status in DECIDED:
        raise refusal(
            Refusals.ALREADY_DECIDED, f"the request was {DECIDED[chain.status]} already and takes no more votes"
        )
    check_running(chain)


def check_reason(reason: str) -> None:
    """Raise ``ReasonRequired`` for an empty one."""
    if not reason.strip():
        raise refusal(Refusals.REASON_REQUIRED, "reason: it is empty; say why in a few words")


def check_requester(request: ApprovalRequest, person: str) -> None:
    """Raise ``NotEligible`` for everybody but the requester."""
    if person != request.requester:
        raise refusal(
            Refusals.NOT_ELIGIBLE, f"{person} did not make this request: only {request.requester} may withdraw it"
        )


def check_vote(request: ApprovalRequest, chain: Chain, version: int, ballot: Approve | Reject) -> None:
    """Raise unless the vote may be counted now."""
    check_undecided(chain)
    if isinstance(ballot, Reject):
        check_reason(ballot.reason)
    if ballot.version is not None and ballot.version != version:
        raise refusal(
            Refusals.STALE_VERSION,
            f"version: the vote is on version {ballot.version}, the request is at version {version}; read it again",
        )
    check_may_vote(request, chain, ballot.approver)
    if ballot.on_behalf_of is not None:
        raise refusal(
            Refusals.NOT_ELIGIBLE, f"on_behalf_of: {ballot.approver} has no delegation from {ballot.on_behalf_of}"
        )


def check_may_vote(request: ApprovalRequest, chain: Chain, person: str) -> None:
    """Raise unless ``person`` may vote on the open level."""
    check_undecided(chain)
    if person == request.requester:
        raise refusal(
            Refusals.SELF_APPROVAL, f"{person} made this request and cannot decide it; who made it may withdraw it"
        )
    step = chain.open_step
    if step is None or person in step.pending:
        return
    if step.vote_of(person):
        raise refusal(Refusals.DUPLICATE_VOTE, f"{person} has voted on level {step.level.name}: {waiting_for(step)}")
    _check_not_too_late(chain, step, person)
    raise refusal(Refusals.NOT_ELIGIBLE, f"{person} is not among the approvers of this level: {waiting_for(step)}")


def _check_not_too_late(chain: Chain, step: Step, person: str) -> None:
    """Tell somebody whose level has passed that it has, rather than that they have no say."""
    for passed in reversed(chain.steps):
        if passed.status != LevelStatus.APPROVED or person not in passed.approvers:
            continue
        now = f"level {step.level.name} is {waiting_for(step)}"
        if passed.vote_of(person):
            raise refusal(Refusals.DUPLICATE_VOTE, f"{person} has voted on level {passed.level.name}: now {now}")
        by = both([vote.approver for vote in passed.votes])
        raise refusal(Refusals.ALREADY_DECIDED, f"level {passed.level.name} was approved by {by} already: now {now}")
