"""Answers of the queries: the whole state, the list row, the audit trail."""

from workflows.approvals.actions import available_actions
from workflows.approvals.models import ApprovalState, AuditTrail
from workflows.approvals.review import Review
from workflows.shared.summary import Summary


def state_of(review: Review, slack: str) -> ApprovalState:
    """Return the whole state; ``slack`` is the status of its notifications."""
    chain = review.chain
    return ApprovalState(
        request_id=review.request.request_id,
        status=review.status,
        version=review.version,
        current_level=chain.current if chain else None,
        levels=[step.state() for step in chain.steps] if chain else [],
        comments=list(review.comments),
        actions=available_actions(review, None),
        request=review.request,
        stage_since=review.stage_since,
        updated_at=review.updated_at,
        attention=review.attention,
        reason=review.reason,
        slack=slack,
    )


def summary_of(review: Review) -> Summary:
    """Return what a list row shows."""
    request = review.request
    step = review.chain.open_step if review.chain else None
    return Summary(
        title=request.title,
        stage=review.status,
        stage_since=review.stage_since,
        owner=request.requester,
        due_at=step.due_at if step else None,
        amount=request.amount,
        currency=request.currency,
        attention=review.attention,
        waiting_for=list(step.pending) if step else [],
        note=f"{request.kind} · {step.level.name}" if step else request.kind,
    )


def trail_of(review: Review) -> AuditTrail:
    """Return the audit trail."""
    return AuditTrail(request_id=review.request.request_id, entries=list(review.trail))
