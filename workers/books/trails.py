"""Whether each vote is in its trail, and each trail whole and the workflow's own. Pure functions."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from workers.books.findings import Finding, Remedies
from workers.books.runs import Run
from workflows.approvals.audit import broken_at, verify
from workflows.approvals.client import ID_PREFIX
from workflows.approvals.models import AuditEntry, AuditTrail, Vote
from workflows.approvals.record import ReviewRecord
from workflows.shared.items import ItemRecord

PRECISION = timedelta(seconds=1)
"""Of a time in a search attribute, generously."""


def votes_of(record: ReviewRecord) -> list[Vote]:
    """Return all votes of a request."""
    return [vote for step in record.steps for vote in step.votes]


def judge_record(item_id: str, record: ItemRecord, remedies: Remedies) -> Finding | None:
    """Return what is wrong with the store's record of a request, or None."""
    show = remedies.query(item_id, "get_audit_trail")
    item = f"request {item_id.removeprefix(ID_PREFIX)}"
    try:
        review = ReviewRecord.model_validate(record.state)
        votes = votes_of(review)
    except ValidationError as error:
        return Finding("record that cannot be read", item, f"{error.error_count()} mistakes", show)
    entries = f"{len(review.trail)} entries"
    trail = AuditTrail(request_id=item_id.removeprefix(ID_PREFIX), entries=review.trail)
    if not verify(trail) or record.sequence != len(review.trail):
        return Finding("trail that was changed", item, entries, show)
    if lost := [vote.approver for vote in votes if not _is_in(vote, review.trail)]:
        return Finding("vote without a trail", item, f"{len(lost)} of {len(votes)}, by {', '.join(lost)}", show)
    return None


def judge_attempts(request_id: str, attempts: list[AuditEntry], remedies: Remedies) -> Finding | None:
    """Return what is wrong with the refused attempts beside a request's trail, or None."""
    place = broken_at(AuditTrail(request_id=request_id, entries=[], attempts=attempts), "attempts")
    if place is None:
        return None
    show = remedies.query(f"{ID_PREFIX}{request_id}", "get_audit_trail")
    return Finding("refused attempts that were changed", f"request {request_id}", f"from entry {place} on", show)


def must_ask(run: Run, record: ItemRecord | None) -> bool:
    """Return whether only the workflow can say whether it and the store agree; a broken run answers for nothing."""
    if run.stage is None or not (run.running or run.status == "COMPLETED"):
        return False
    if record is None:
        return True
    review = _review(record)
    if review is None:  # that is a finding by itself
        return False
    differs = run.stage_since is None or abs(run.stage_since - review.stage_since) > PRECISION
    return differs or run.stage != record.status


def has_stopped(run: Run, record: ItemRecord | None) -> bool:
    """Return whether the run was ended before its request was decided; a later run may go on with it."""
    return run.status in {"TERMINATED", "TIMED_OUT"} and record is not None and not record.finished


def judge_stopped(run: Run, remedies: Remedies) -> Finding:
    """Return that nobody can decide a request any more."""
    item = f"request {run.workflow_id.removeprefix(ID_PREFIX)}"
    return Finding("request that has stopped", item, f"not decided, and {run.words}", remedies.reset(run))


def judge_heads(run: Run, record: ItemRecord | None, trail: AuditTrail, remedies: Remedies) -> Finding | None:
    """Return whether the workflow's trail ends otherwise than the store's, or None."""
    review = _review(record) if record else None
    stored = review.trail if review else []
    voted = any(entry.action in ("approve", "reject") for entry in trail.entries)
    if record is None and not voted:  # it is written once its chain is known
        return None
    if [entry.hash for entry in stored] == [entry.hash for entry in trail.entries]:
        return None
    what = "trail whose head differs" if record else "vote without a trail"
    amount = f"{len(trail.entries)} entries in the workflow, {len(stored)} in the store"
    return Finding(what, f"request {run.workflow_id.removeprefix(ID_PREFIX)}", amount, remedies.reset(run))


def _review(record: ItemRecord) -> ReviewRecord | None:
    try:
        return ReviewRecord.model_validate(record.state)
    except ValidationError:
        return None


def _is_in(vote: Vote, trail: Sequence[AuditEntry]) -> bool:
    return any((vote.decision, vote.approver, vote.at) == (entry.action, entry.actor, entry.at) for entry in trail)
