"""Answers of the queries: state, audit trail, list row, and what people may do now."""

from copy import deepcopy

from workflows.approvals.chain import Chain
from workflows.approvals.eligibility import why_not_change, why_not_decide, why_not_requester, why_not_vote
from workflows.approvals.models import ApprovalState, AuditTrail, Vote
from workflows.approvals.review import Review
from workflows.approvals.wording import money_of, skipped_words, some
from workflows.shared.actions import Action
from workflows.shared.refused_signals import acknowledge_action
from workflows.shared.summary import Summary


def state_of(review: Review, slack: str) -> ApprovalState:
    """Return the whole state; ``slack`` is the status of its notifications."""
    return ApprovalState(
        request_id=review.request.request_id,
        status=review.status,
        version=review.version,
        current_level=review.chain.current,
        levels=[step.state() for step in review.chain.steps],
        comments=list(review.comments),
        actions=available_actions(review, None),
        request=review.request,
        stage_since=review.stage_since,
        updated_at=review.updated_at,
        attention=review.shown_attention,
        refusals=review.refusals.latest,
        refusal_count=review.refusals.count,
        reason=review.reason,
        slack=slack,
    )


def summary_of(review: Review) -> Summary:
    """Return what a list row shows."""
    request, step = review.request, review.chain.open_step
    return Summary(
        title=request.title,
        stage=review.status,
        stage_since=review.stage_since,
        owner=request.requester,
        due_at=step.due_at if step else None,
        amount=request.amount,
        currency=request.currency,
        attention=review.shown_attention,
        waiting_for=step.pending if step else [],
        note=f"{request.kind} · {step.level.name}" if step else request.kind,
    )


def trail_of(review: Review) -> AuditTrail:
    """Return the audit trail."""
    return AuditTrail(request_id=review.request.request_id, entries=list(review.trail))


def available_actions(review: Review, person: str | None) -> list[Action]:
    """Return the actions for ``person``, or, without one, for whoever may take them."""
    request, chain = review.request, review.chain
    unknown = review.why_not_settled()
    vote = unknown or (why_not_decide(chain) if person is None else why_not_vote(request, chain, person))
    change = unknown or why_not_change(chain)
    withdraw = change or (None if person is None else why_not_requester(request, person))
    return [
        Action.of("approve", "Approve", _approve_effect(review, person), vote),
        Action.of("reject", "Reject", _reject_effect(chain), vote),
        Action.of("comment", "Comment", "adds a comment, decides nothing", change),
        Action.of("withdraw", "Withdraw", f"takes the request of {request.requester} back for good", withdraw),
        *acknowledge_action(review.asking_signals),
    ]


def _approve_effect(review: Review, person: str | None) -> str:
    request, chain = review.request, review.chain
    step = chain.open_step
    if step is None:
        return ""
    if step.missing > 1:
        return f"counts as approval {step.approvals + 1} of {step.needed} on level {step.level.name}"
    after, skips = chain.next_step, ""
    if person is not None and person in step.pending:  # their vote bars them from what follows
        future = deepcopy(chain)
        future.cast(Vote(approver=person, decision="approve", at=review.updated_at))
        after = future.open_step
        skips = "".join(
            f"; {skipped_words(each.level.name, each.barred)}"
            for each in (future.steps[index] for index in future.skipped if index not in chain.skipped)
        )
    if after is not None:
        opens = f"opens {after.level.name} ({some(after.missing, after.pending)})"
        return f"passes level {step.level.name}, {opens}{skips}"
    money = money_of(request)
    return (f"approves the request of {money}" if money else "approves the request") + skips


def _reject_effect(chain: Chain) -> str:
    step = chain.open_step
    return f"rejects the whole request on level {step.level.name}, for good" if step else ""
