"""The update handlers of an approval: each has a validator, and checks again when it is handled.

A handler waits for the chain, and for the directory where people are named whom nobody has heard of. After each wait
the rules are checked anew, with no ``await`` before the change: no two changes interleave, and no lock is needed.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.approvals.activities import LOOK_UP_PERSON, RESOLVE_LEVELS
from workflows.approvals.level_models import ResolvedChain
from workflows.approvals.models import ApprovalRequest, ApprovalState, PersonAnswer, PersonLookup, Refusals
from workflows.approvals.review.review import Review
from workflows.approvals.updates import (
    AddComment,
    Approve,
    Ask,
    Attach,
    Delegate,
    ExtendDeadline,
    Reassign,
    Reject,
    RequestChanges,
    Resubmit,
    Retract,
    RetryApply,
    SettleApply,
    Snooze,
    Withdraw,
)
from workflows.shared.refusals import Refusal, refuse

LOOKUP_TIMEOUT = timedelta(seconds=8)
"""With all retries. Shorter than a caller's timeout, so that the caller gets an answer."""


class UpdateHandlers:
    """Base of the workflow: what people do to a request."""

    _review: Review

    @workflow.update
    async def approve(self, ballot: Approve) -> ApprovalState:
        """Approve an open level."""
        if await self._was_handled():
            return self._state()
        self._review.approve(ballot, workflow.now())
        return self._changed()

    @approve.validator
    def _validate_approve(self, ballot: Approve) -> None:
        self._refuse_if_settled(self._review.why_not_vote(ballot, workflow.now()))

    @workflow.update
    async def reject(self, ballot: Reject) -> ApprovalState:
        """Reject an open level, and the request as far as its rejection rule says."""
        if await self._was_handled():
            return self._state()
        self._review.reject(ballot, workflow.now())
        return self._changed()

    @reject.validator
    def _validate_reject(self, ballot: Reject) -> None:
        self._refuse_if_settled(self._review.why_not_vote(ballot, workflow.now()))

    @workflow.update
    async def retract(self, retract: Retract) -> ApprovalState:
        """Take one's vote back."""
        if await self._was_handled():
            return self._state()
        self._review.retract(retract, workflow.now())
        return self._changed()

    @retract.validator
    def _validate_retract(self, retract: Retract) -> None:
        self._refuse_if_settled(self._review.why_not_retract(retract))

    @workflow.update
    async def request_changes(self, change: RequestChanges) -> ApprovalState:
        """Send the request back to its requester."""
        if await self._was_handled():
            return self._state()
        self._review.request_changes(change, workflow.now())
        return self._changed()

    @request_changes.validator
    def _validate_request_changes(self, change: RequestChanges) -> None:
        self._refuse_if_settled(self._review.why_not_request_changes(change, workflow.now()))

    @workflow.update
    async def resubmit(self, resubmit: Resubmit) -> ApprovalState:
        """Send in a new version."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_resubmit(resubmit))
        resolved = None
        if self._review.must_resolve(resubmit):
            resolved = await _resolve(self._review.resubmitted(resubmit))
        self._review.resubmit(resubmit, resolved, workflow.now())
        return self._changed()

    @resubmit.validator
    def _validate_resubmit(self, resubmit: Resubmit) -> None:
        self._refuse_if_settled(self._review.why_not_resubmit(resubmit))

    @workflow.update
    async def withdraw(self, withdraw: Withdraw) -> ApprovalState:
        """Take the request back."""
        if await self._was_handled():
            return self._state()
        self._review.withdraw(withdraw, workflow.now())
        return self._changed()

    @withdraw.validator
    def _validate_withdraw(self, withdraw: Withdraw) -> None:
        self._refuse_if_settled(self._review.why_not_withdraw(withdraw))

    @workflow.update
    async def comment(self, comment: AddComment) -> ApprovalState:
        """Comment on the request. Anybody whom the directory knows may."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_comment(comment))
        await self._known(comment.author, "author")
        self._review.comment(comment, workflow.now())
        return self._changed()

    @comment.validator
    def _validate_comment(self, comment: AddComment) -> None:
        self._refuse_if_settled(self._review.why_not_comment(comment))

    @workflow.update
    async def ask(self, ask: Ask) -> ApprovalState:
        """Ask somebody whom the directory knows."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_ask(ask, workflow.now()))
        await self._known(ask.of, "of")
        self._review.ask(ask, workflow.now())
        return self._changed()

    @ask.validator
    def _validate_ask(self, ask: Ask) -> None:
        self._refuse_if_settled(self._review.why_not_ask(ask, workflow.now()))

    @workflow.update
    async def attach(self, attach: Attach) -> ApprovalState:
        """Attach a link to a file."""
        if await self._was_handled():
            return self._state()
        self._review.attach(attach, workflow.now())
        return self._changed()

    @attach.validator
    def _validate_attach(self, attach: Attach) -> None:
        self._refuse_if_settled(self._review.why_not_attach(attach))

    @workflow.update
    async def delegate(self, delegate: Delegate) -> ApprovalState:
        """Let somebody whom the directory knows vote in one's place."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_delegate(delegate, workflow.now()))
        await self._known(delegate.to, "to")
        self._review.delegate(delegate, workflow.now())
        return self._changed()

    @delegate.validator
    def _validate_delegate(self, delegate: Delegate) -> None:
        self._refuse_if_settled(self._review.why_not_delegate(delegate, workflow.now()))

    @workflow.update
    async def reassign(self, reassign: Reassign) -> ApprovalState:
        """Give a seat to somebody whom the directory knows, if it says that one may."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_reassign(reassign))
        await self._known(reassign.add, "add")
        if not self._review.may_give_away(reassign):
            refuse(self._review.why_not_manager(reassign, (await look_up(reassign.remove)).manager))
        self._review.reassign(reassign, workflow.now())
        return self._changed()

    @reassign.validator
    def _validate_reassign(self, reassign: Reassign) -> None:
        self._refuse_if_settled(self._review.why_not_reassign(reassign))

    @workflow.update
    async def snooze(self, snooze: Snooze) -> ApprovalState:
        """Wait for somebody no longer until a moment."""
        if await self._was_handled():
            return self._state()
        self._review.snooze(snooze, workflow.now())
        return self._changed()

    @snooze.validator
    def _validate_snooze(self, snooze: Snooze) -> None:
        self._refuse_if_settled(self._review.why_not_snooze(snooze, workflow.now()))

    @workflow.update
    async def extend_deadline(self, extend: ExtendDeadline) -> ApprovalState:
        """Give an open level more time."""
        if await self._was_handled():
            return self._state()
        self._review.extend_deadline(extend, workflow.now())
        return self._changed()

    @extend_deadline.validator
    def _validate_extend_deadline(self, extend: ExtendDeadline) -> None:
        self._refuse_if_settled(self._review.why_not_extend(extend, workflow.now()))

    @workflow.update
    async def retry_apply(self, retry: RetryApply) -> ApprovalState:
        """Try again what follows from the approval."""
        if await self._was_handled():
            return self._state()
        self._review.retry_apply(retry, workflow.now())
        return self._changed()

    @retry_apply.validator
    def _validate_retry_apply(self, retry: RetryApply) -> None:
        self._refuse_if_settled(self._review.why_not_retry_apply(retry))

    @workflow.update
    async def settle_apply(self, settle: SettleApply) -> ApprovalState:
        """Note that what follows from the approval was done by hand, by somebody whom the directory knows."""
        if await self._was_handled():
            return self._state()
        refuse(self._review.why_not_settle_apply(settle))
        await self._known(settle.by, "by")
        self._review.settle_apply(settle, workflow.now())
        return self._changed()

    @settle_apply.validator
    def _validate_settle_apply(self, settle: SettleApply) -> None:
        self._refuse_if_settled(self._review.why_not_settle_apply(settle))

    async def _known(self, person: str, field: str) -> None:
        """Raise ``NotEligible`` unless the request names the person, or the directory knows them."""
        if self._review.names(person):
            return
        answer = await look_up(person)
        if not answer.known:
            refuse(Refusal(Refusals.NOT_ELIGIBLE, f"{field}: the directory does not know {person}"))

    async def _was_handled(self) -> bool:
        """Hold an update that came before the chain is known; then return whether an earlier run has handled it."""
        raise NotImplementedError

    def _refuse_if_settled(self, why_not: Refusal | None) -> None:
        """Refuse an update in its validator. Before the chain is known it is accepted, and judged later."""
        raise NotImplementedError

    def _changed(self) -> ApprovalState:
        """Publish what changed, and return the state for the answer."""
        raise NotImplementedError

    def _state(self) -> ApprovalState:
        """Return the state for the answer."""
        raise NotImplementedError


async def look_up(person: str) -> PersonAnswer:
    """Ask the directory for a person. Raises ``NotEligible`` when it does not answer."""
    try:
        answer: PersonAnswer = await workflow.execute_activity(
            LOOK_UP_PERSON,
            PersonLookup(person_id=person),
            result_type=PersonAnswer,
            schedule_to_close_timeout=LOOKUP_TIMEOUT,
        )
    except ActivityError as error:
        message = f"the directory did not say who {person} is; nothing was written, try again later"
        raise Refusal(Refusals.NOT_ELIGIBLE, message).error from error
    return answer


async def _resolve(request: ApprovalRequest) -> ResolvedChain:
    """Return who decides a new version. Raises ``InvalidRequest`` when nobody can, or the directory does not answer."""
    try:
        resolved: ResolvedChain = await workflow.execute_activity(
            RESOLVE_LEVELS, request, result_type=ResolvedChain, schedule_to_close_timeout=LOOKUP_TIMEOUT
        )
    except ActivityError as error:
        message = "the directory did not say who decides the new version; nothing was changed, try again later"
        cause = error.cause
        refused = isinstance(cause, ApplicationError) and cause.type == Refusals.INVALID_REQUEST
        words = cause.message if isinstance(cause, ApplicationError) and refused else message
        raise Refusal(Refusals.INVALID_REQUEST, words).error from error
    return resolved
