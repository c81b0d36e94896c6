"""Every payload of the approvals system."""

import json
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from workflows.approvals.apply_models import Application
from workflows.approvals.level_models import Level, LevelPlan, LevelRule, ResolvedChain
from workflows.shared.actions import Action
from workflows.shared.fields import (
    Answer,
    Currency,
    Identifier,
    MinorUnits,
    ShortText,
    UtcDatetime,
)
from workflows.shared.forecast import IF_NOBODY_ACTS, NextEvent
from workflows.shared.inputs import Input
from workflows.shared.items import ItemRecord
from workflows.shared.refusals import INVALID_REQUEST
from workflows.shared.refused_signals import RefusedSignal

POLICY_WRONG = "policy"
"""Why a request asks for attention: its levels are not known while the approval policy is wrong."""

COMMON_KINDS = ("leave", "expense", "hire", "purchase")
"""Kinds to propose. The company's policy says which there are."""

MAX_DETAILS = 10_000
"""Characters of JSON. Every update answers with the details, and the history keeps each answer."""


class ApprovalStatus(StrEnum):
    """Status of a request."""

    IN_REVIEW = "IN_REVIEW"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    NEEDS_ACTION = "NEEDS_ACTION"
    """Approved, but what follows from it has failed."""


Decision = Literal["approve", "reject"]


class LevelStatus(StrEnum):
    """Status of one level of the chain."""

    NOT_OPEN = "NOT_OPEN"
    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SKIPPED = "SKIPPED"
    CLOSED = "CLOSED"


class Refusals(StrEnum):
    """Kinds of refusals: types of the ``ApplicationError`` of a refused update."""

    NOT_ELIGIBLE = "NotEligible"
    SELF_APPROVAL = "SelfApproval"
    ALREADY_DECIDED = "AlreadyDecided"
    DUPLICATE_VOTE = "DuplicateVote"
    STALE_VERSION = "StaleVersion"
    REASON_REQUIRED = "ReasonRequired"
    CLOSED = "Closed"
    INVALID_REQUEST = INVALID_REQUEST


class ApprovalRequest(Input):
    """Starts an approval. Without ``levels`` the company's policy for the kind decides the chain."""

    request_id: Identifier = Field(title="Request ID", examples=["REQ-20250131-153022"])
    kind: Identifier = Field(description="leave, expense, hire, purchase, …", examples=["expense"])
    title: ShortText = Field(examples=["New lenses for the lab"])
    requester: Identifier = Field(examples=["ana"])
    amount: MinorUnits | None = Field(default=None, description="in cents; empty when there is none")
    currency: Currency | None = Field(default=None, description="ISO 4217", examples=["USD"], validate_default=True)
    details: dict[str, JsonValue] = Field(default_factory=dict)
    levels: list[Level] | None = Field(default=None, min_length=1, max_length=20)
    expires_at: UtcDatetime | None = Field(default=None, description="it is closed if it is not decided by then")

    @field_validator("details")
    @classmethod
    def _details_are_small(cls, details: dict[str, JsonValue]) -> dict[str, JsonValue]:
        length = len(json.dumps(details))
        if length > MAX_DETAILS:
            raise ValueError(f"details hold {length:,} characters of JSON; {MAX_DETAILS:,} at most")
        return details

    @field_validator("levels")
    @classmethod
    def _first_has_none_before(cls, levels: list[Level] | None) -> list[Level] | None:
        if levels and levels[0].parallel:
            raise ValueError(f"level {levels[0].name} is parallel, but it is the first; there is none before it")
        return levels

    @field_validator("currency")
    @classmethod
    def _goes_with_the_amount(cls, currency: str | None, known: ValidationInfo) -> str | None:
        if "amount" in known.data and (known.data["amount"] is None) != (currency is None):
            raise ValueError("amount and currency go together; give both or neither")
        return currency


class Vote(Answer):
    """Decision of one approver on one level."""

    approver: str
    decision: Decision
    at: UtcDatetime
    comment: str | None = None
    on_behalf_of: str | None = None
    channel: str | None = None
    content_hash: str | None = Field(default=None, description="content of the request that it decided on")


class StandIn(Answer):
    """Somebody who may vote for an approver: their delegate, or a substitute while they are away."""

    person: str
    of: str
    by: Literal["delegate", "substitute"]
    until: UtcDatetime | None = None


class Away(Answer):
    """A person who is away, or does not want to be waited for, until a moment."""

    person: str
    until: UtcDatetime | None = None


class LevelState(Answer):
    """State of one level: who voted, and who still may."""

    name: str
    status: LevelStatus
    rule: LevelRule
    due_at: UtcDatetime | None = None
    votes: list[Vote] = Field(default_factory=list)
    pending: list[str] = Field(default_factory=list, description="people who may still vote on this level")
    approvers: list[str] = Field(default_factory=list, description="everybody who may vote on it, votes given or not")
    needed: int = Field(default=1, description="how many approvals pass it")
    barred: list[str] = Field(
        default_factory=list, description="its other approvers, whose one vote is on another level"
    )
    carried: list[str] = Field(
        default_factory=list, description="approvers whose approval of an earlier level counts on this one too"
    )
    rejects_needed: int = Field(default=1, description="how many rejects reject it")
    parallel: bool = Field(default=False, description="it opens together with the level before it")
    console_only: bool = Field(default=False, description="Slack shows it, and does not decide it")
    added: list[str] = Field(default_factory=list, description="approvers whom escalation or the fallback added")
    stand_ins: list[StandIn] = Field(default_factory=list, description="who may vote for whom now")
    away: list[Away] = Field(default_factory=list, description="approvers who are absent")
    gone: list[str] = Field(default_factory=list, description="approvers whom the directory does not know any more")
    opened_at: UtcDatetime | None = None


class Comment(Answer):
    """A comment on the request."""

    author: str
    text: str
    at: UtcDatetime
    source: str | None = Field(default=None, description="where it was written, if that is not here")


class Attachment(Answer):
    """A link to a file, with its hash."""

    author: str
    name: str
    url: str
    sha256: str
    at: UtcDatetime


class Question(Answer):
    """A question of an approver to a third person, answered by that person's next comment."""

    by: str
    of: str
    question: str
    at: UtcDatetime
    answered_at: UtcDatetime | None = None


class Difference(Answer):
    """A field of the request that changed from one version to another, as text; long texts are cut."""

    field: str
    before: str | None
    after: str | None


class LevelVote(Vote):
    """A vote that fell with its version, and its level."""

    level: str


class Version(Answer):
    """An earlier version of the request: how it was sent back, and the votes that fell."""

    version: int
    content_hash: str
    returned_by: str
    reason: str
    at: UtcDatetime
    votes: list[LevelVote] = Field(default_factory=list)
    note: str | None = Field(default=None, description="the requester's words with the next version")
    differences: list[Difference] = Field(default_factory=list, description="what the next version changed")


class ApprovalState(Answer):
    """The whole state: answer of every update and of the query ``get_state``."""

    request_id: str
    status: ApprovalStatus
    version: int
    current_level: int | None = Field(description="index of the open level, null when none is open")
    levels: list[LevelState]
    comments: list[Comment] = Field(default_factory=list)
    actions: list[Action] = Field(default_factory=list)
    request: ApprovalRequest
    stage_since: UtcDatetime
    updated_at: UtcDatetime
    attention: str | None = None
    refusals: list[RefusedSignal] = Field(default_factory=list, description="the latest signals that were refused")
    refusal_count: int = 0
    reason: str | None = Field(default=None, description="why it was rejected or withdrawn, or expired, or waits")
    slack: str = Field(default="off", description="on if the workers tell Slack of it, else off")
    content_hash: str = Field(default="", description="SHA-256 of what an approver decides on")
    attachments: list[Attachment] = Field(default_factory=list)
    questions: list[Question] = Field(default_factory=list)
    versions: list[Version] = Field(default_factory=list, description="earlier versions, the oldest first")
    snoozed: list[Away] = Field(default_factory=list, description="who does not want to be waited for until when")
    due_at: UtcDatetime | None = Field(default=None, description="when something happens if nobody acts")
    refused_attempts: int = Field(default=0, description="updates that were refused, as far as clients told")
    application: Application | None = Field(default=None, description="what follows from the approval, once approved")


class AuditEntry(Answer):
    """One line of the audit trail. ``hash`` covers it and ``previous_hash``: a changed entry breaks the chain."""

    sequence: int
    at: UtcDatetime
    actor: str
    action: str
    detail: str
    previous_hash: str
    hash: str


class AuditTrail(Answer):
    """Answer of ``get_audit_trail``."""

    request_id: str
    entries: list[AuditEntry]
    attempts: list[AuditEntry] = Field(
        default_factory=list,
        description="refused attempts before it began and after it had ended, in a chain of their own",
    )


class ApprovalView(Answer):
    """What a console shows of a request: its state, its audit trail, and what it does by itself."""

    state: ApprovalState
    trail: AuditTrail
    next: list[NextEvent] = Field(default_factory=list, description=IF_NOBODY_ACTS)


class ExplainedLevel(Answer):
    """One level of the chain, for people."""

    name: str
    status: LevelStatus
    words: str
    due_at: UtcDatetime | None = None
    overdue: bool = False
    waiting_for: list[str] = Field(default_factory=list)


class Explanation(Answer):
    """Answer of the query ``explain``."""

    request_id: str
    status: ApprovalStatus
    can_pass: bool
    words: str = Field(description="who is needed for it, or why it cannot")
    waiting_for: list[str] = Field(description="who must act now")
    next: list[NextEvent] = Field(description=IF_NOBODY_ACTS)
    chain: list[ExplainedLevel]
    applying: str = Field(default="", description="what follows from its approval, and how far that is")


class OpenedRequest(Answer):
    """What a new run begins with: the record of the run before, or else the chain, or why there is none yet."""

    registered: bool = False
    """Whether search attributes may be written."""
    record: ItemRecord | None = None
    began: bool = False
    """Whether an earlier try of the same opening wrote the record, and no earlier run."""
    chain: ResolvedChain | None = None
    at: UtcDatetime | None = None
    """When the first level opened."""
    plans: list[LevelPlan] = Field(default_factory=list)
    """Of the levels that opened, in order."""
    saved: int = 0
    """Length of the trail that the store has."""
    slack: str = "off"
    """Whether Slack is told of it: ``on`` or ``off``."""
    policy_problems: list[str] = Field(default_factory=list)
    """What is wrong with the policy file, one line each; nobody can say then who decides the request."""


class PersonLookup(Input):
    """Starts a look-up of a person in the company's directory; with ``people`` it tells of others as well."""

    person_id: ShortText
    people: bool = False


class PersonAnswer(Answer):
    """What the directory knows of a person; ``known`` is false when it knows nobody of that ID."""

    person_id: str
    known: bool
    name: str | None = None
    groups: list[str] = Field(default_factory=list)
    manager: str | None = None
    people: list[str] = Field(default_factory=list)
    """IDs of the first people in the directory, in order, if they were asked for."""
