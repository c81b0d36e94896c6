"""What the store keeps of a request: enough for a second run of its workflow to continue where the first one was."""

from datetime import datetime

from pydantic import Field

from workflows.approvals.apply_models import Application
from workflows.approvals.chain.roster import Roster
from workflows.approvals.chain.step import Step
from workflows.approvals.models import (
    ApprovalRequest,
    ApprovalStatus,
    Attachment,
    AuditEntry,
    Comment,
    Question,
    Version,
)
from workflows.approvals.review.content import Content
from workflows.approvals.review.review import Review
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.items import ItemRecord
from workflows.shared.refused_signals import RefusalLog, RefusedSignal

FIELDS = (
    "request",
    "version",
    "attention",
    "refusals",
    "reason",
    "comments",
    "questions",
    "attachments",
    "versions",
    "contents",
    "returned_at",
    "reminded_at",
    "may_reassign",
    "closes_at",
    "extended_to",
    "moves",
    "attempts",
    "application",
    "handled",
    "trail",
    "stage_since",
    "updated_at",
)
"""Attributes of a review that are kept as they are."""


class ReviewRecord(Answer):
    """State of a request. Its trail is whole: the last hash is the anchor of ``get_audit_trail``."""

    status: ApprovalStatus
    steps: list[Step] = Field(description="levels with their votes")
    roster: Roster = Field(description="delegations and absences")
    request: ApprovalRequest = Field(description="as it is in the latest version")
    version: int
    attention: str | None
    refusals: RefusalLog[RefusedSignal]
    reason: str | None
    comments: list[Comment]
    questions: list[Question]
    attachments: list[Attachment]
    versions: list[Version]
    contents: dict[str, Content]
    returned_at: UtcDatetime | None
    reminded_at: UtcDatetime | None
    may_reassign: list[str]
    closes_at: UtcDatetime | None
    extended_to: UtcDatetime | None = None
    moves: int
    attempts: dict[str, int]
    application: Application | None = None
    handled: list[str] = Field(default_factory=list)
    trail: list[AuditEntry]
    stage_since: UtcDatetime
    updated_at: UtcDatetime


def record_of(review: Review, *, chain: str, request_hash: str) -> ItemRecord:
    """Return the record of a request; ``chain`` is the first run ID of its workflow, ``request_hash`` its input's.

    It is made with each decision, before the answer, so that what was validated before is not validated again.
    """
    state = ReviewRecord.model_construct(
        status=review.chain.status,
        steps=review.chain.steps,
        roster=review.chain.roster,
        **{name: getattr(review, name) for name in FIELDS},
    )
    return ItemRecord.model_construct(
        sequence=len(review.trail),
        status=review.status,
        finished=review.is_done,
        chain=chain,
        request_hash=request_hash,
        state=state.model_dump(mode="json"),
    )


def review_of(record: ItemRecord, now: datetime) -> Review:
    """Return the request that a record is of."""
    review = Review(ReviewRecord.model_validate(record.state).request, now)
    restore(review, record)
    return review


def opened_at(record: ItemRecord) -> datetime | None:
    """Return when the first level of a recorded request opened."""
    trail = ReviewRecord.model_validate(record.state).trail
    return next((entry.at for entry in trail if entry.action == "open"), None)


def restore(review: Review, record: ItemRecord) -> None:
    """Continue from a record."""
    state = ReviewRecord.model_validate(record.state)
    review.chain.status = state.status
    review.chain.steps = state.steps
    review.chain.roster = state.roster
    for name in FIELDS:
        setattr(review, name, getattr(state, name))
