"""One request under review: its state, and every change to it, without Temporal.

Each change checks again what its update's validator has checked: several updates may be accepted before the first
of them is handled.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.approvals import audit
from workflows.approvals.chain import Chain, Step
from workflows.approvals.eligibility import (
    barred_words,
    waiting_for,
    why_not_change,
    why_not_count,
    why_not_reason,
    why_not_requester,
)
from workflows.approvals.level_models import ResolvedChain
from workflows.approvals.models import (
    POLICY_WRONG,
    AddComment,
    ApprovalRequest,
    ApprovalStatus,
    Approve,
    AuditEntry,
    Comment,
    Refusals,
    Reject,
    Vote,
    Withdraw,
)
from workflows.approvals.wording import about, both, skipped_words
from workflows.shared.refusals import Refusal, refuse
from workflows.shared.refused_signals import (
    ACKNOWLEDGE,
    MAX_REFUSALS,
    SIGNAL_REFUSED,
    Acknowledge,
    RefusalLog,
    RefusedSignal,
)

SYSTEM = "(workflow)"
"""Actor of what no person did; no person's ID has brackets."""

OVERDUE = "overdue"
DIRECTORY_DOWN = "directory"

MAX_COMMENTS = 100
MAX_TEXT = 50_000
"""Characters in all comments, those of votes included: every update answers with all of them, and the history, of 50 MB
at most, keeps each answer."""


@dataclass(frozen=True)
class Notice:
    """Something to notify people of; ``event`` is unique within the request."""

    event: str
    text: str
    recipients: tuple[str, ...]


class Review:
    """The request, its chain once that is known, its comments and its audit trail."""

    def __init__(self, request: ApprovalRequest, now: datetime) -> None:
        self.request = request
        self.version = 1
        self.chain = Chain()
        self.attention: str | None = None
        self.refusals = RefusalLog[RefusedSignal]()
        self.reason: str | None = None
        self.comments: list[Comment] = []
        self.trail: list[AuditEntry] = []
        self.stage_since = self.updated_at = now
        self._notices: list[Notice] = []
        self._record(now, request.requester, "request", f"{about(request)}: {request.title}")

    @property
    def settled(self) -> bool:
        """Whether its chain is known, or known to be impossible. Before that no update can be judged."""
        return bool(self.chain.steps) or self.status != ApprovalStatus.IN_REVIEW

    @property
    def status(self) -> ApprovalStatus:
        """Status of the request."""
        return self.chain.status

    @property
    def wake_at(self) -> datetime | None:
        """When the open level's time limit acts next."""
        return self.chain.open_step.wake_at if self.chain.open_step else None

    def names(self, person: str) -> bool:
        """Return whether the request or its chain names the person, who then is known to the directory."""
        return person == self.request.requester or any(person in step.approvers for step in self.chain.steps)

    @property
    def shown_attention(self) -> str | None:
        """Why a human must look, if one must."""
        return self.attention or (SIGNAL_REFUSED if self.asking_signals else None)

    @property
    def asking_signals(self) -> list[str]:
        """The refused signals that ask for attention."""
        return self.refusals.unsettled if self.status == ApprovalStatus.IN_REVIEW else []

    def refuse_signal(self, signal: str, reason: str, now: datetime) -> None:
        """Record a signal that could not be taken. No entry of the trail is ever dropped, so it has only the first."""
        self.refusals.add(RefusedSignal(at=now, signal=signal, reason=reason, invalid=True))
        if self.refusals.count <= MAX_REFUSALS:
            self._record(now, SYSTEM, "refuse_signal", f"{signal}: {reason}")
        elif self.refusals.count == MAX_REFUSALS + 1:
            self._record(now, SYSTEM, "refuse_signal", "more signals are refused; from now on they are only counted")

    def acknowledge(self, acknowledge: Acknowledge, now: datetime) -> None:
        """Ask for attention no longer because of refused signals."""
        if self.refusals.acknowledge():
            self._record(now, acknowledge.by, ACKNOWLEDGE, acknowledge.words)

    def take_notices(self) -> list[Notice]:
        """Return the notices since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def open(self, resolved: ResolvedChain, now: datetime) -> None:
        """Open the first level."""
        self.attention = self.reason = None
        self.chain.open(resolved.levels, now)
        self._skipped_since([], now)
        self._level_opened(now)

    def refuse(self, words: str, now: datetime) -> None:
        """End the request because nobody can decide it; ``words`` say why."""
        self.chain.refuse()
        self.reason = words
        self.attention = None
        self.stage_since = now
        self._record(now, SYSTEM, "refuse", words)

    def wait_for_policy(self, problems: list[str], now: datetime) -> None:
        """Ask for attention since the company's policy cannot be used; the request waits until it can."""
        self.attention = POLICY_WRONG
        self.reason = f"the approval policy is wrong: {'; '.join(problems)}"
        self._record(now, SYSTEM, "wait_for_policy", self.reason)

    def note_reset(self, now: datetime) -> None:
        """Record that the workflow was reset, or started again."""
        words = "the workflow was reset or started again; what the store had recorded stands"
        self._record(now, SYSTEM, "reset", words)

    def why_not_settled(self) -> Refusal | None:
        """Return ``InvalidRequest`` while there are no levels, or when there can be none."""
        if self.chain.steps:
            return None
        return Refusal(Refusals.INVALID_REQUEST, self.reason or "its levels are not known yet")

    def why_not_vote(self, ballot: Approve | Reject) -> Refusal | None:
        """Return why the vote may not be counted now."""
        words = ballot.comment if isinstance(ballot, Approve) else ballot.reason
        return (
            self.why_not_settled()
            or why_not_count(self.request, self.chain, self.version, ballot)
            or self._why_no_room(words or "")
        )

    def approve(self, ballot: Approve, now: datetime) -> None:
        """Count an approval."""
        refuse(self.why_not_vote(ballot))
        before = self._vote(ballot, "approve", ballot.comment, now)
        if self.chain.open_step is None:
            self._ended(now, f"approved, last by {ballot.approver}")
        elif self.chain.open_step is not before:
            self._level_opened(now)

    def reject(self, ballot: Reject, now: datetime) -> None:
        """Count a rejection, which ends the request."""
        refuse(self.why_not_vote(ballot))
        self.reason = ballot.reason.strip()
        self._vote(ballot, "reject", self.reason, now)
        self._ended(now, f"rejected by {ballot.approver}: {self.reason}")

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
        self.chain.withdraw()
        self.reason = withdraw.reason.strip()
        self._record(now, withdraw.requester, "withdraw", self.reason)
        self._ended(now, f"withdrawn by {withdraw.requester}: {self.reason}")

    def why_not_comment(self, comment: AddComment) -> Refusal | None:
        """Return why the comment may not be added now; the directory must be asked for the author apart."""
        return self.why_not_settled() or why_not_change(self.chain) or self._why_no_room(comment.text, comments=1)

    def comment(self, comment: AddComment, now: datetime) -> None:
        """Add a comment."""
        refuse(self.why_not_comment(comment))
        self.comments.append(Comment(author=comment.author, text=comment.text, at=now))
        self._record(now, comment.author, "comment", comment.text)

    def overdue(self, now: datetime) -> None:
        """Reject, escalate or remind, as the open level says, when its time is up."""
        step = self.chain.open_step
        if step is None:
            return
        action = step.level.on_timeout
        if action == "reject":
            self.chain.expire()
            self.reason = f"level {step.level.name} was not decided in time"
            self._record(now, SYSTEM, "expire", self.reason)
            self._ended(now, f"closed: {self.reason}")
            return
        self.attention = OVERDUE
        if action == "escalate":
            before = self.chain.skipped
            added = both(self.chain.escalate(now) or ["nobody new"])
            self._record(now, SYSTEM, action, f"level {step.level.name} is overdue: added {added}")
            self._skipped_since(before, now)
        text = f"level {step.level.name} is overdue, {waiting_for(step)}"
        if action == "remind":
            self._record(now, SYSTEM, action, f"reminder {self.chain.remind(now)}: {text}")
        self._tell(action, text, step.pending)

    def _vote(
        self, ballot: Approve | Reject, decision: Literal["approve", "reject"], words: str | None, now: datetime
    ) -> Step | None:
        """Count the vote, and return the level that it was on."""
        step, before = self.chain.open_step, self.chain.skipped
        vote = Vote(approver=ballot.approver, decision=decision, at=now, comment=words, channel=ballot.channel)
        self.chain.cast(vote)
        self._record(now, ballot.approver, decision, _detail(step, words, ballot.channel))
        self._skipped_since(before, now)
        return step

    def _skipped_since(self, before: list[int], now: datetime) -> None:
        for index in self.chain.skipped:
            if index not in before:
                step = self.chain.steps[index]
                self._record(now, SYSTEM, "skip", skipped_words(step.level.name, step.barred))

    def _level_opened(self, now: datetime) -> None:
        self.attention = None
        step = self.chain.open_step
        if step is not None:
            text = f"level {step.level.name} is open, {waiting_for(step)}{barred_words(step)}"
            self._record(now, SYSTEM, "open", text)
            self._tell("open", text, step.pending)

    def _ended(self, now: datetime, how: str) -> None:
        self.attention = None
        self.stage_since = now
        self._record(now, SYSTEM, "end", f"the request is {self.status}")
        self._tell("end", how, [self.request.requester])

    def _why_no_room(self, text: str, *, comments: int = 0) -> Refusal | None:
        if len(self.comments) + comments > MAX_COMMENTS:
            words = f"text: the request has {MAX_COMMENTS} comments and takes no more"
            return Refusal(Refusals.INVALID_REQUEST, words)
        votes = [vote for step in self.chain.steps for vote in step.votes]
        used = sum(len(comment.text) for comment in self.comments) + sum(len(vote.comment or "") for vote in votes)
        if not text or used + len(text) <= MAX_TEXT:
            return None
        words = f"the request has room for {MAX_TEXT - used:,} more characters of comments, not for {len(text):,}"
        return Refusal(Refusals.INVALID_REQUEST, words)

    def _record(self, now: datetime, actor: str, action: str, detail: str) -> None:
        self.updated_at = now
        entry = audit.next_entry(self.request.request_id, self.trail, at=now, actor=actor, action=action, detail=detail)
        self.trail.append(entry)

    def _tell(self, event: str, text: str, recipients: list[str]) -> None:
        # A reset may repeat a sequence number with another event; the hash tells the two apart.
        event = f"{self.trail[-1].sequence}-{event}-{self.trail[-1].hash[:8]}"
        self._notices.append(Notice(event, f"{about(self.request)}: {text}", tuple(recipients)))


def _detail(step: Step | None, words: str | None, channel: str | None) -> str:
    level = f"level {step.level.name}" if step else ""
    where = f" through {channel}" if channel else ""
    return f"{level}{where}: {words}" if words else f"{level}{where}"
