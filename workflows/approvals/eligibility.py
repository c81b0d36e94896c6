"""Who may do what to a request now, and the words of each refusal."""

from workflows.approvals.chain import Chain, Step
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Approve, LevelStatus, Refusals, Reject
from workflows.approvals.wording import both, some
from workflows.shared.refusals import Refusal

DECIDED = {ApprovalStatus.APPROVED: "approved", ApprovalStatus.REJECTED: "rejected"}
ENDED = {**DECIDED, ApprovalStatus.WITHDRAWN: "withdrawn", ApprovalStatus.EXPIRED: "closed, its time was up"}


def waiting_for(step: Step) -> str:
    """Return who must act now: ``waiting for chen or emeka``."""
    return f"waiting for {some(step.missing, step.pending)}"


def barred_words(step: Step) -> str:
    """Return who of the open level's approvers has no vote on it, such as ``; dora voted on an earlier level``."""
    if not step.barred:
        return ""
    fewer = f", so {step.needed} must approve, not {step.wanted}" if step.needed < step.wanted else ""
    return f"; {both(step.barred)} voted on an earlier level{fewer}"


def why_not_change(chain: Chain) -> Refusal | None:
    """Return ``Closed`` when the request has ended."""
    if chain.status not in ENDED:
        return None
    return Refusal(Refusals.CLOSED, f"the request was {ENDED[chain.status]} and takes no more changes")


def why_not_decide(chain: Chain) -> Refusal | None:
    """Return ``AlreadyDecided`` when people have decided the request, ``Closed`` when it ended otherwise."""
    if chain.status not in DECIDED:
        return why_not_change(chain)
    words = f"the request was {DECIDED[chain.status]} already and takes no more votes"
    return Refusal(Refusals.ALREADY_DECIDED, words)


def why_not_reason(reason: str) -> Refusal | None:
    """Return ``ReasonRequired`` for an empty reason."""
    return None if reason.strip() else Refusal(Refusals.REASON_REQUIRED, "reason: it is empty; say why in a few words")


def why_not_requester(request: ApprovalRequest, person: str) -> Refusal | None:
    """Return ``NotEligible`` for everybody but the requester."""
    if person == request.requester:
        return None
    words = f"{person} did not make this request: only {request.requester} may withdraw it"
    return Refusal(Refusals.NOT_ELIGIBLE, words)


def why_not_count(request: ApprovalRequest, chain: Chain, version: int, ballot: Approve | Reject) -> Refusal | None:
    """Return why the vote may not be counted now; ``version`` is the one the request is at."""
    return (
        why_not_decide(chain)
        or (why_not_reason(ballot.reason) if isinstance(ballot, Reject) else None)
        or _why_not_version(ballot.version, version)
        or why_not_vote(request, chain, ballot.approver)
        or _why_not_behalf(ballot)
    )


def why_not_vote(request: ApprovalRequest, chain: Chain, person: str) -> Refusal | None:
    """Return why ``person`` may not vote on the open level."""
    why_not = why_not_decide(chain)
    if why_not is not None:
        return why_not
    if person == request.requester:
        words = f"{person} made this request and cannot decide it; who made it may withdraw it"
        return Refusal(Refusals.SELF_APPROVAL, words)
    step = chain.open_step
    if step is None or person in step.pending:
        return None
    if step.vote_of(person):
        return Refusal(Refusals.DUPLICATE_VOTE, f"{person} has voted on level {step.level.name}: {waiting_for(step)}")
    return _why_too_late(chain, step, person) or Refusal(
        Refusals.NOT_ELIGIBLE, f"{person} is not among the approvers of this level: {waiting_for(step)}"
    )


def _why_not_version(read: int | None, version: int) -> Refusal | None:
    if read in (None, version):
        return None
    words = f"version: the vote is on version {read}, the request is at version {version}; read it again"
    return Refusal(Refusals.STALE_VERSION, words)


def _why_not_behalf(ballot: Approve | Reject) -> Refusal | None:
    if ballot.on_behalf_of is None:
        return None
    words = f"on_behalf_of: {ballot.approver} has no delegation from {ballot.on_behalf_of}"
    return Refusal(Refusals.NOT_ELIGIBLE, words)


def _why_too_late(chain: Chain, step: Step, person: str) -> Refusal | None:
    """Tell an approver of an earlier level that it has passed, rather than that they have no say."""
    for passed in reversed(chain.steps):
        if passed.status != LevelStatus.APPROVED or person not in passed.approvers:
            continue
        now = f"level {step.level.name} is {waiting_for(step)}"
        if passed.vote_of(person):
            return Refusal(Refusals.DUPLICATE_VOTE, f"{person} has voted on level {passed.level.name}: now {now}")
        by = both([vote.approver for vote in passed.votes])
        return Refusal(Refusals.ALREADY_DECIDED, f"level {passed.level.name} was approved by {by} already: now {now}")
    return None
