"""The life of a version: sent back for changes, sent in again, and withdrawn."""

from datetime import datetime, timedelta

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from workflows.approvals.content import differences, in_words
from workflows.approvals.eligibility import (
    why_not_change,
    why_not_decide,
    why_not_reason,
    why_not_requester,
    why_not_vote,
)
from workflows.approvals.level_models import ResolvedChain
from workflows.approvals.models import ApprovalRequest, ApprovalStatus, LevelVote, Refusals, Version
from workflows.approvals.review.content import ReviewContent
from workflows.approvals.updates import RequestChanges, Resubmit, Withdraw
from workflows.shared.inputs import one_line
from workflows.shared.refusals import Refusal, refuse

MAX_VERSIONS = 10
RESUBMIT_WITHIN = timedelta(days=30)
"""How long a request that was sent back waits for its requester before it is closed."""


class Versions(ReviewContent):
    """Requests that go back to their requester."""

    def why_not_begin(self, now: datetime) -> Refusal | None:
        """Return why the request cannot begin: its own time is up."""
        if self.request.expires_at is None or self.request.expires_at > now:
            return None
        return Refusal(Refusals.INVALID_REQUEST, f"{self.request.expires_at:%Y-%m-%d %H:%M} UTC is past", "expires_at")

    def why_not_request_changes(self, change: RequestChanges, now: datetime) -> Refusal | None:
        """Return why the request may not be sent back now."""
        return (
            self.why_not_settled()
            or why_not_decide(self.chain)
            or why_not_reason(change.reason)
            or self.why_not_current(change.version)
            or why_not_vote(self.chain, change.approver, now)
            or self._why_no_version()
            or self.why_no_room(change.reason)
        )

    def request_changes(self, change: RequestChanges, now: datetime) -> None:
        """Send the request back; the votes on this version fall."""
        refuse(self.why_not_request_changes(change, now))
        reason = change.reason.strip()
        votes = [
            LevelVote(level=step.level.name, **vote.model_dump()) for step in self.chain.steps for vote in step.votes
        ]
        version = Version(
            version=self.version,
            content_hash=self.content_hash,
            returned_by=change.approver,
            reason=reason,
            at=now,
            votes=votes,
        )
        self.versions = [*self.versions, version]
        self.chain.end(ApprovalStatus.CHANGES_REQUESTED)
        self.attention = None
        self.reason = reason
        self.stage_since = self.returned_at = now
        self.reminded_at = None
        where = f" through {change.channel}" if change.channel else ""
        self._record(now, change.approver, "request_changes", f"version {self.version}{where}: {reason}")
        text = f"{change.approver} asks for changes: {reason}"
        self._tell("changes", text, [self.request.requester, *dict.fromkeys(vote.approver for vote in votes)])

    @property
    def resubmit_by(self) -> datetime | None:
        """When a request that was sent back is closed."""
        if self.status != ApprovalStatus.CHANGES_REQUESTED or self.returned_at is None:
            return None
        return self.not_before_extension(self.returned_at + RESUBMIT_WITHIN)

    def why_not_resubmit(self, resubmit: Resubmit) -> Refusal | None:
        """Return why a new version may not be sent in now."""
        return (
            self.why_not_settled()
            or why_not_change(self.chain)
            or why_not_requester(self.request, resubmit.requester, "send it in again")
            or self.why_not_returned()
            or self._why_not_new(resubmit)
            or self.why_no_room(resubmit.note)
        )

    def resubmitted(self, resubmit: Resubmit) -> ApprovalRequest:
        """Return the request as it would be. Raises ``ValidationError``, in a workflow a refusal, if it is none."""
        new = self.request.model_dump()
        if resubmit.details is not None:
            new["details"] = resubmit.details
        if resubmit.amount is not None:
            new["amount"] = resubmit.amount
        return ApprovalRequest.model_validate(new)

    def must_resolve(self, resubmit: Resubmit) -> bool:
        """Return whether other people may have to decide the new version: the policy goes by the amount."""
        return resubmit.amount not in (None, self.request.amount)

    def resubmit(self, resubmit: Resubmit, resolved: ResolvedChain | None, now: datetime) -> None:
        """Begin again at the first level, with a new chain if one is given."""
        refuse(self.why_not_resubmit(resubmit))
        new = self.resubmitted(resubmit)
        found = differences(self.request, new)
        last = self.versions[-1].model_copy(update={"note": resubmit.note, "differences": found})
        self.versions = [*self.versions[:-1], last]
        self.request, self.version = new, self.version + 1
        self._content_changed()
        self.reason = self.returned_at = self.reminded_at = None
        self.stage_since = now
        told = in_words(found) or "nothing is different"
        self._record(now, resubmit.requester, "resubmit", f"version {self.version}: {resubmit.note}; {told}")
        if resolved is not None:
            self.may_reassign = list(resolved.may_reassign)
            self.chain.roster.managers.update(resolved.managers)
        self.chain.open(resolved.levels if resolved else [step.level for step in self.chain.steps], now)
        self._follow_up(now)

    def why_not_withdraw(self, withdraw: Withdraw) -> Refusal | None:
        """Return why the request may not be taken back now."""
        return (
            self.why_not_settled()
            or why_not_change(self.chain)
            or why_not_reason(withdraw.reason)
            or why_not_requester(self.request, withdraw.requester)
        )

    def withdraw(self, withdraw: Withdraw, now: datetime) -> None:
        """Take the request back."""
        refuse(self.why_not_withdraw(withdraw))
        self.chain.end(ApprovalStatus.WITHDRAWN)
        self.reason = withdraw.reason.strip()
        self._record(now, withdraw.requester, "withdraw", self.reason)
        self._follow_up(now, f"withdrawn by {withdraw.requester}: {self.reason}")

    def _why_no_version(self) -> Refusal | None:
        if self.version < MAX_VERSIONS:
            return None
        words = f"the request is at version {self.version} of at most {MAX_VERSIONS}; reject it, or approve it"
        return Refusal(Refusals.INVALID_REQUEST, words)

    def why_not_returned(self) -> Refusal | None:
        """Return why the requester has nothing to send in again."""
        if self.status == ApprovalStatus.CHANGES_REQUESTED:
            return None
        return Refusal(Refusals.NOT_ELIGIBLE, "nobody has asked for changes of this version; a comment can be added")

    def _why_not_new(self, resubmit: Resubmit) -> Refusal | None:
        if resubmit.currency not in (None, self.request.currency):
            words = f"currency: the request is in {self.request.currency or 'none'}, not in {resubmit.currency}"
            return Refusal(Refusals.INVALID_REQUEST, words)
        try:
            self.resubmitted(resubmit)
        except ValidationError as error:
            return Refusal(Refusals.INVALID_REQUEST, one_line(error))
        except ApplicationError as error:
            return Refusal(Refusals.INVALID_REQUEST, error.message)
        return None
