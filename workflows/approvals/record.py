"""What the store keeps of a request: enough for a second run of its workflow to continue where the first one was."""

from pydantic import Field, JsonValue, TypeAdapter

from workflows.approvals.chain import Step
from workflows.approvals.models import ApprovalStatus, AuditEntry, Comment
from workflows.approvals.review import Review
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.items import ItemRecord, hash_of
from workflows.shared.refused_signals import RefusalLog, RefusedSignal

OPEN = frozenset({ApprovalStatus.IN_REVIEW, ApprovalStatus.CHANGES_REQUESTED})

STEPS = TypeAdapter(list[Step])


class ReviewRecord(Answer):
    """State of a request. Its trail is whole: the last hash is the anchor of ``get_audit_trail``."""

    version: int
    status: ApprovalStatus
    steps: JsonValue = Field(description="levels with their votes")
    attention: str | None
    refusals: RefusalLog[RefusedSignal]
    reason: str | None
    comments: list[Comment]
    trail: list[AuditEntry]
    stage_since: UtcDatetime
    updated_at: UtcDatetime


def record_of(review: Review, *, chain: str) -> ItemRecord:
    """Return the record of a request; ``chain`` is the first run ID of its workflow."""
    state = ReviewRecord(
        version=review.version,
        status=review.status,
        steps=STEPS.dump_python(review.chain.steps, mode="json"),
        attention=review.attention,
        refusals=review.refusals,
        reason=review.reason,
        comments=review.comments,
        trail=review.trail,
        stage_since=review.stage_since,
        updated_at=review.updated_at,
    )
    return ItemRecord(
        sequence=len(review.trail),
        status=review.status,
        finished=review.status not in OPEN,
        chain=chain,
        request_hash=hash_of(review.request),
        state=state.model_dump(mode="json"),
    )


def restore(review: Review, record: ItemRecord) -> None:
    """Continue from a record."""
    state = ReviewRecord.model_validate(record.state)
    review.version = state.version
    review.chain.status = state.status
    review.chain.steps = STEPS.validate_python(state.steps)
    review.attention = state.attention
    review.refusals = state.refusals
    review.reason = state.reason
    review.comments = state.comments
    review.trail = state.trail
    review.stage_since = state.stage_since
    review.updated_at = state.updated_at
