"""What follows from an approval: whether there is something to do, and how it went."""

from datetime import datetime

from workflows.approvals.apply_models import Application, ApplyStatus
from workflows.approvals.applying import StepToApply, planned_step, step_key
from workflows.approvals.eligibility import why_not_reason
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, Refusals
from workflows.approvals.review.base import SYSTEM
from workflows.approvals.review.content import ReviewContent
from workflows.approvals.updates import RetryApply, SettleApply
from workflows.shared.refusals import Refusal, refuse

APPLY_FAILED = "apply_failed"
"""Attention of a request that is approved and not applied."""

UNDONE = frozenset({ApplyStatus.PENDING, ApplyStatus.NEEDS_ACTION})


class Applications(ReviewContent):
    """The step of an approved request."""

    def __init__(self, request: ApprovalRequest, now: datetime) -> None:
        super().__init__(request, now)
        self.application: Application | None = None

    @property
    def status(self) -> ApprovalStatus:
        """Status of the request: ``NEEDS_ACTION`` while it is approved and its step has failed."""
        failed = self.application is not None and self.application.status == ApplyStatus.NEEDS_ACTION
        return ApprovalStatus.NEEDS_ACTION if failed else self.chain.status

    @property
    def is_done(self) -> bool:
        """Whether it is decided, and what follows from that is done."""
        return not self.is_open and (self.application is None or self.application.status not in UNDONE)

    @property
    def step_to_apply(self) -> StepToApply | None:
        """What is to be done now."""
        application = self.application
        if application is None or application.status != ApplyStatus.PENDING:
            return None
        return StepToApply(
            key=application.key,
            request=self.request,
            version=application.version,
            content_hash=application.content_hash,
            attachments=self.attachments,
        )

    @property
    def is_first_try(self) -> bool:
        """Whether the step was not tried again by anybody."""
        return self.application is not None and self.application.tries == 1

    def applied(self, words: str, now: datetime) -> None:
        """Note that the step is done."""
        self._apply(ApplyStatus.APPLIED)
        self.attention = None
        self._record(now, SYSTEM, "apply", words)

    def apply_failed(self, error: str, now: datetime) -> None:
        """Ask for a person: the step was given up."""
        application = self._apply(ApplyStatus.NEEDS_ACTION, error=error)
        self.attention = APPLY_FAILED
        self.stage_since = now
        self._record(now, SYSTEM, "apply_failed", f"{application.words}: {error}")
        text = f"approved, but not applied: {error}"
        self._tell("apply_failed", text, [self.request.requester, *self.may_reassign])

    def why_not_retry_apply(self, retry: RetryApply) -> Refusal | None:
        """Return why the step may not be tried again now. It happens once for its key, so anybody may."""
        return self.why_not_failed() or self.why_no_move(retry.reason or "")

    def retry_apply(self, retry: RetryApply, now: datetime) -> None:
        """Try the step again."""
        refuse(self.why_not_retry_apply(retry))
        self.moves += 1
        tries = self.application.tries + 1 if self.application else 1
        application = self._apply(ApplyStatus.PENDING, tries=tries, error=None)
        self.attention = None
        self.stage_since = now
        self._record(now, retry.by, "retry_apply", retry.reason or application.words)

    def why_not_settle_apply(self, settle: SettleApply) -> Refusal | None:
        """Return why the step may not be settled now."""
        return (
            self.why_not_failed()
            or why_not_reason(settle.reason)
            or self.why_not_settler(settle.by)
            or self.why_no_room(settle.reason)
        )

    def settle_apply(self, settle: SettleApply, now: datetime) -> None:
        """End it: somebody did the step by hand, or says why it need not be done."""
        refuse(self.why_not_settle_apply(settle))
        reason = settle.reason.strip()
        self._apply(ApplyStatus.SETTLED, by=settle.by, note=reason, error=None)
        self.attention = None
        self.stage_since = now
        self._record(now, settle.by, "settle_apply", reason)

    def why_not_failed(self) -> Refusal | None:
        """Return why there is nothing to try again or to settle."""
        if self.status == ApprovalStatus.NEEDS_ACTION:
            return None
        if self.chain.status != ApprovalStatus.APPROVED or self.application is None:
            return Refusal(Refusals.INVALID_REQUEST, "the request is not approved, so nothing follows from it yet")
        words = {
            ApplyStatus.NONE: self.application.words,
            ApplyStatus.PENDING: f"it is being tried now: {self.application.words}",
            ApplyStatus.SETTLED: f"it was settled by {self.application.by}",
        }
        return Refusal(Refusals.CLOSED, words.get(self.application.status, f"it is done: {self.application.words}"))

    def why_not_settler(self, by: str) -> Refusal | None:
        """Return why somebody may not say that the step is done: it is for the requester's benefit."""
        if by != self.request.requester:
            return None
        words = f"by: {by} made this request and cannot say that it was applied; {by} may have it tried again"
        return Refusal(Refusals.SELF_APPROVAL, words)

    def _follow_up(self, now: datetime, how: str = "") -> None:
        super()._follow_up(now, how)
        if self.chain.status == ApprovalStatus.APPROVED and self.application is None:
            planned = planned_step(self.request)
            self.application = Application(
                step=planned.name,
                status=ApplyStatus.PENDING if planned.name else ApplyStatus.NONE,
                words=planned.words,
                key=step_key(self.request.request_id, self.version),
                version=self.version,
                content_hash=self.content_hash,
                since=now,
            )

    def _apply(self, status: ApplyStatus, **changed: object) -> Application:
        if self.application is None:
            raise RuntimeError("nothing follows from a request that is not approved")
        self.application = self.application.model_copy(update={"status": status, **changed})
        return self.application
