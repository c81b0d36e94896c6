"""Answer of the query ``explain``: who must still act, can it still pass, and what happens if nobody acts."""

from datetime import datetime

from workflows.approvals.apply_models import ApplyStatus
from workflows.approvals.applying import planned_step
from workflows.approvals.chain.step import Step
from workflows.approvals.eligibility import waiting_for
from workflows.approvals.models import ApprovalStatus, Decision, ExplainedLevel, Explanation, LevelStatus
from workflows.approvals.outlook import outlook
from workflows.approvals.review.review import Review
from workflows.approvals.views import state_of, summary_of
from workflows.approvals.wording import both, passed_words, skipped_words, some
from workflows.shared.forecast import NextEvent, upcoming

DECISIONS: tuple[Decision, ...] = ("approve", "reject")


def explain(review: Review, now: datetime) -> Explanation:
    """Return the explanation of a request, for whoever asks."""
    told = outlook(state_of(review, "", now))
    return Explanation(
        request_id=review.request.request_id,
        status=review.status,
        can_pass=told.passes,
        words=told.words,
        waiting_for=[] if review.is_done else summary_of(review, now).waiting_for,
        next=forecast(review),
        chain=[_level(review, step, now) for step in review.chain.steps],
        applying=_applying(review),
    )


def _applying(review: Review) -> str:
    """Return what follows from the approval, or would."""
    application = review.application
    if application is None:
        return f"once it is approved, {planned_step(review.request).words}" if review.is_open else ""
    match application.status:
        case ApplyStatus.NEEDS_ACTION:
            return f"failed: {application.words}: {application.error}; try it again, or settle it"
        case ApplyStatus.PENDING:
            return f"being done: {application.words}"
        case ApplyStatus.SETTLED:
            return f"settled by {application.by}: {application.note}"
        case _:
            return application.words


def _level(review: Review, step: Step, now: datetime) -> ExplainedLevel:
    return ExplainedLevel(
        name=step.level.name,
        status=step.status,
        words=_words(review, step, now),
        due_at=step.due_at,
        overdue=step.is_open and step.due_at is not None and step.due_at <= now,
        waiting_for=review.chain.pending(step, now) if step.is_open else [],
    )


def _words(review: Review, step: Step, now: datetime) -> str:
    chain, name = review.chain, step.level.name
    votes = {decision: [vote.approver for vote in step.votes if vote.decision == decision] for decision in DECISIONS}
    words = {
        LevelStatus.OPEN: f"{waiting_for(chain, step, now)}{_absent(review, step, now)}",
        LevelStatus.NOT_OPEN: f"then {some(step.missing, chain.pending(step, now))}{_absent(review, step, now)}",
        LevelStatus.SKIPPED: passed_words(name, step.carried) if step.carried else skipped_words(name, step.barred),
        LevelStatus.APPROVED: f"approved by {both(votes['approve'])}",
        LevelStatus.REJECTED: f"rejected by {both(votes['reject'])}",
        LevelStatus.EXPIRED: "not decided in time",
        LevelStatus.CLOSED: "closed without a decision",
    }
    return words[step.status]


def _absent(review: Review, step: Step, now: datetime) -> str:
    """Return who of a level is away, and who stands in."""
    roster, parts = review.chain.roster, []
    for seat in step.open_seats:
        absence = roster.absence_of(seat, now)
        instead = [each.person for each in roster.holders(seat, now)[1:]]
        if seat in roster.gone:
            parts.append(f"{seat} is not in the directory any more")
        elif absence is not None:
            until = f" until {absence.until:%Y-%m-%d}" if absence.until else ""
            parts.append(f"{seat} is away{until}, {both(instead) if instead else 'nobody'} stands in")
        elif instead:
            parts.append(f"{both(instead)} may vote for {seat}")
    return "".join(f"; {part}" for part in parts)


def forecast(review: Review) -> list[NextEvent]:
    """Return what happens by itself, the earliest first."""
    if not review.is_open:
        return []
    found = [(step.wake_at, _timeout(step)) for step in review.chain.steps]
    found.append((review.expires_at, "the request is closed, if it is not decided"))
    if review.status == ApprovalStatus.CHANGES_REQUESTED:
        requester = review.request.requester
        found.append((review.resubmit_by, f"the request is closed, if {requester} has not sent it in again"))
        found.append((review.remind_requester_at, f"{requester} is reminded"))
    roster = review.chain.roster
    found += [(each.until, f"{each.of}'s delegation to {each.to} ends") for each in roster.delegations]
    found += [(each.until, f"{person} is back") for person, each in roster.absences.items()]
    found += [(until, f"{person} is waited for again") for person, until in roster.snoozed.items()]
    return upcoming(found)


def _timeout(step: Step) -> str:
    level = f"level {step.level.name}"
    if step.unlimited:
        return f"{level} still waits, and its approvers are reminded{' again' if step.reminders else ''}"
    match step.level.on_timeout:
        case "reject":
            return f"{level} is overdue, and the request is closed"
        case "escalate":
            return f"{level} is overdue, and {both(step.level.escalate_to)} may decide it, too"
        case _:
            again = "again" if step.reminders else "of it"
            return f"{level} is overdue, and its approvers are reminded {again}"
