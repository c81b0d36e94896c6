"""Who may vote now, and the words of each refusal."""

from datetime import datetime

from workflows.approvals.chain.chain import Chain
from workflows.approvals.chain.step import Step, voice
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, LevelStatus, Refusals, Vote
from workflows.approvals.updates import Approve, Reject
from workflows.approvals.wording import both, some
from workflows.shared.nearest import did_you_mean
from workflows.shared.refusals import Refusal

DECIDED = {ApprovalStatus.APPROVED: "approved", ApprovalStatus.REJECTED: "rejected"}
ENDED = {**DECIDED, ApprovalStatus.WITHDRAWN: "withdrawn", ApprovalStatus.EXPIRED: "closed, its time was up"}


def waiting_for(chain: Chain, step: Step, now: datetime) -> str:
    """Return who must act now on a level: ``waiting for chen or emeka``."""
    return f"waiting for {some(step.missing, chain.pending(step, now)) or 'nobody who is left'}"


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
    """Return ``AlreadyDecided`` when people have decided the request, ``Closed`` when it takes no votes otherwise."""
    if chain.status == ApprovalStatus.CHANGES_REQUESTED:
        words = f"the request was sent back and takes no votes until {chain.roster.requester} sends it in again"
        return Refusal(Refusals.CLOSED, words)
    if chain.status not in DECIDED:
        return why_not_change(chain)
    words = f"the request was {DECIDED[chain.status]} already and takes no more votes"
    return Refusal(Refusals.ALREADY_DECIDED, words)


def why_not_reason(reason: str) -> Refusal | None:
    """Return ``ReasonRequired`` for an empty reason."""
    return None if reason.strip() else Refusal(Refusals.REASON_REQUIRED, "reason: it is empty; say why in a few words")


def why_not_requester(request: ApprovalRequest, person: str, verb: str = "withdraw it") -> Refusal | None:
    """Return ``NotEligible`` for everybody but the requester."""
    if person == request.requester:
        return None
    words = f"{person} did not make this request: only {request.requester} may {verb}"
    return Refusal(Refusals.NOT_ELIGIBLE, words)


def seat_for(chain: Chain, ballot: Approve | Reject, now: datetime) -> tuple[Step, str] | None:
    """Return the level and the seat on which a vote counts: what it names, else where its person is needed most."""
    named = _named_steps(chain, ballot)
    return next(
        (
            (step, seat)
            for step, seat in chain.seats_of(ballot.approver, now)
            if any(step is each for each in named) and ballot.on_behalf_of in (None, seat)
        ),
        None,
    )


def _named_steps(chain: Chain, ballot: Approve | Reject) -> list[Step]:
    """Return the levels that a vote may mean: all, if it names none."""
    return [
        step
        for position, step in enumerate(chain.steps)
        if ballot.level in (None, step.level.name) and ballot.position in (None, position)
    ]


def why_not_seat(chain: Chain, ballot: Approve | Reject, now: datetime) -> Refusal:
    """Return why a vote has no seat to count on, in a request that takes votes."""
    person, owner = ballot.approver, ballot.on_behalf_of
    names_one = ballot.level is not None or ballot.position is not None
    return (
        why_not_vote(chain, person, now)
        or (_why_not_level(chain, ballot, now) if names_one else None)
        or Refusal(Refusals.NOT_ELIGIBLE, f"on_behalf_of: {person} has no delegation from {owner}")
    )


def why_not_vote(chain: Chain, person: str, now: datetime) -> Refusal | None:
    """Return why ``person`` may vote on no open level."""
    why_not = why_not_decide(chain)
    if why_not is not None or (chain.seats_of(person, now) and person != chain.roster.requester):
        return why_not
    if person == chain.roster.requester:
        words = f"{person} made this request and cannot decide it; who made it may withdraw it"
        return Refusal(Refusals.SELF_APPROVAL, words)
    waiting = f"{_who_is_waited_for(chain, now)}{_meant(chain, person)}"
    return (
        _why_voted(chain, person, now)
        or _why_too_late(chain, person, now)
        or Refusal(Refusals.NOT_ELIGIBLE, f"{person} is not among the approvers of this level: {waiting}")
    )


def _meant(chain: Chain, person: str) -> str:
    """Return which approver somebody may have meant who is not found by their ID, such as ``; did you mean ben?``."""
    known = dict.fromkeys(each for step in chain.steps for each in step.approvers)
    return "" if person in known else did_you_mean(person, known)


def _why_voted(chain: Chain, person: str, now: datetime) -> Refusal | None:
    """Return ``DuplicateVote`` for those whose vote is given, by themselves or by somebody for them."""
    for step in chain.steps:
        vote = next((vote for vote in step.votes if person in (vote.approver, voice(vote))), None)
        if vote is None:
            continue
        others = _who_is_waited_for(chain, now, named=True)
        waiting = waiting_for(chain, step, now) if step.is_open else f"now {others}"
        return Refusal(Refusals.DUPLICATE_VOTE, f"{_voted(vote, person)} on level {step.level.name}: {waiting}")
    return None


def _voted(vote: Vote, person: str) -> str:
    if vote.approver == person:
        return f"{person} has voted"
    return f"{vote.approver} has voted for {person}"


def _why_too_late(chain: Chain, person: str, now: datetime) -> Refusal | None:
    """Tell an approver of an earlier level that it has passed, rather than that they have no say."""
    for passed in reversed(chain.steps):
        if passed.status != LevelStatus.APPROVED or person not in passed.approvers:
            continue
        waiting = _who_is_waited_for(chain, now, named=True)
        words = f"{_approved_words(passed)} already: now {waiting}"
        return Refusal(Refusals.ALREADY_DECIDED, words)
    return None


def _why_not_level(chain: Chain, ballot: Approve | Reject, now: datetime) -> Refusal | None:
    """Return why nobody, or not this person, votes on the level that the vote names."""
    person, steps = ballot.approver, _named_steps(chain, ballot)
    if not steps:
        names = both([step.level.name for step in chain.steps])
        where = "" if ballot.position is None else f" at position {ballot.position}"
        return Refusal(
            Refusals.INVALID_REQUEST, f"level: there is no level {ballot.level or ''}{where}; there is {names}"
        )
    step = next((step for step in steps if step.is_open), steps[0])
    name = step.level.name
    if step.status == LevelStatus.NOT_OPEN:
        words = f"level {name} is not open yet: now {_who_is_waited_for(chain, now, named=True)}"
        return Refusal(Refusals.NOT_ELIGIBLE, words)
    if step.is_open and person in chain.pending(step, now):
        return None
    if step.is_open:
        words = f"{person} is not among the approvers of level {name}: {waiting_for(chain, step, now)}"
        return Refusal(Refusals.NOT_ELIGIBLE, words)
    return Refusal(Refusals.ALREADY_DECIDED, f"{_approved_words(step)} already")


def _approved_words(step: Step) -> str:
    if step.status == LevelStatus.SKIPPED:
        return f"level {step.level.name} was skipped"
    return f"level {step.level.name} was approved by {both([vote.approver for vote in step.votes])}"


def _who_is_waited_for(chain: Chain, now: datetime, *, named: bool = False) -> str:
    steps = chain.open_steps
    if len(steps) == 1 and not named:
        return waiting_for(chain, steps[0], now)
    return "; ".join(f"level {step.level.name} is {waiting_for(chain, step, now)}" for step in steps)
