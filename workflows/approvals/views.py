"""Answers of the queries: state, audit trail and list row."""

from datetime import datetime

from workflows.approvals.actions import available_actions
from workflows.approvals.chain.chain import who_of
from workflows.approvals.chain.step import Step
from workflows.approvals.models import ApprovalState, ApprovalStatus, AuditTrail, Away, LevelState, StandIn
from workflows.approvals.review.review import Review
from workflows.shared.summary import Summary


def state_of(review: Review, slack: str, now: datetime) -> ApprovalState:
    """Return the whole state; ``slack`` is the status of its notifications."""
    return ApprovalState(
        request_id=review.request.request_id,
        status=review.status,
        version=review.version,
        current_level=review.chain.current,
        levels=[level_state(review, step, now) for step in review.chain.steps],
        comments=list(review.comments),
        actions=available_actions(review, None, now),
        request=review.request,
        stage_since=review.stage_since,
        updated_at=review.updated_at,
        attention=review.shown_attention,
        refusals=review.refusals.latest,
        refusal_count=review.refusals.count,
        reason=review.reason,
        slack=slack,
        content_hash=review.content_hash,
        attachments=list(review.attachments),
        questions=list(review.questions),
        versions=list(review.versions),
        snoozed=[Away(person=person, until=until) for person, until in review.chain.roster.snoozed.items()],
        due_at=review.due_at,
        refused_attempts=sum(review.attempts.values()),
        application=review.application,
    )


def level_state(review: Review, step: Step, now: datetime) -> LevelState:
    """Return a level as a payload."""
    chain, roster = review.chain, review.chain.roster
    seats = step.open_seats
    absences = {person: roster.absence_of(person, now) for person in seats}
    holders = chain.holders(step, now)
    stand_ins = [holder for seat in holders.values() for holder in seat]
    return LevelState(
        name=step.level.name,
        status=step.status,
        rule=step.level.rule,
        due_at=step.due_at,
        votes=list(step.votes),
        pending=who_of(holders),
        approvers=step.approvers,
        needed=step.needed,
        barred=list(step.barred),
        carried=list(step.carried),
        rejects_needed=step.rejects_needed,
        parallel=step.level.parallel,
        console_only=step.level.console_only,
        added=list(step.escalated),
        stand_ins=[
            StandIn(person=each.person, of=each.of, by=each.by, until=each.until)
            for each in stand_ins
            if each.by != "owner"
        ],
        away=[Away(person=person, until=absence.until) for person, absence in absences.items() if absence],
        gone=[person for person in seats if person in roster.gone],
        opened_at=step.opened_at,
    )


def summary_of(review: Review, now: datetime) -> Summary:
    """Return what a list row shows."""
    request, steps = review.request, review.chain.open_steps
    waiting = [person for step in steps for person in review.waited_for(step, now)]
    returned = review.is_open and review.chain.steps and not steps
    if review.status == ApprovalStatus.NEEDS_ACTION:
        waiting = list(review.may_reassign)
    names = ", ".join(step.level.name for step in steps)
    return Summary(
        title=request.title,
        stage=review.status,
        stage_since=review.stage_since,
        owner=request.requester,
        due_at=review.due_at,
        amount=request.amount,
        currency=request.currency,
        attention=review.shown_attention,
        waiting_for=[request.requester] if returned else list(dict.fromkeys(waiting)),
        note=f"{request.kind} · {names}" if steps else request.kind,
    )


def facts_of(review: Review) -> dict[str, str]:
    """Return what a decision on a request rests on, besides its row."""
    levels = ", ".join(step.level.name for step in review.chain.open_steps)
    votes = ", ".join(f"{vote.approver} {vote.decision}" for vote in review.chain.votes)
    attached = str(len(review.attachments) or "")
    words = {"version": str(review.version), "level": levels, "votes": votes, "links": attached}
    return {name: text for name, text in words.items() if text}


def trail_of(review: Review) -> AuditTrail:
    """Return the audit trail."""
    return AuditTrail(request_id=review.request.request_id, entries=list(review.trail))
