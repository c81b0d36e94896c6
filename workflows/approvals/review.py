"""One request under review: all that is known of it, and all that may happen to it, without Temporal.

Each change checks again what its update's validator has checked: several updates may be accepted before the first
of them is handled.
"""

from dataclasses import dataclass
from datetime import datetime

from workflows.approvals import audit
from workflows.approvals.chain import Chain, Step
from workflows.approvals.eligibility import check_reason, check_requester, check_running, check_vote, waiting_for
from workflows.approvals.models import (
    AddComment,
    ApprovalRequest,
    ApprovalStatus,
    Approve,
    AuditEntry,
    Comment,
    Refusals,
    Reject,
    ResolvedChain,
    Vote,
    Withdraw,
)
from workflows.approvals.refusals import refusal
from workflows.approvals.wording import about, both

SYSTEM = "(workflow)"
"""Who did what no person did; no person's ID has brackets."""

OVERDUE = "overdue"
DIRECTORY_DOWN = "directory"

MOST_COMMENTS = 100
MOST_TEXT = 50_000
"""Characters in all comments together, those of votes too: every update answers with all of them, and the history,
which holds 50 MB at most, keeps each answer."""


@dataclass(frozen=True)
class Notice:
    """Something that people should hear of; ``event`` is unlike that of every other notice of the request."""

    event: str
    text: str
    recipients: tuple[str, ...]


class Review:
    """The request, its chain once that is known, what was said, and the trail of what happened."""

    def __init__(self, request: ApprovalRequest, now: datetime) -> None:
        self.request = request
        self.version = 1
        self.chain: Chain | None = None
        self.refused: str | None = None
        """Why it never came to a review: its chain cannot be."""
        self.attention: str | None = None
        self.reason: str | None = None
        self.comments: list[Comment] = []
        self.trail: list[AuditEntry] = []
        self.stage_since = self.updated_at = now
        self._notices: list[Notice] = []
        self._record(now, request.requester, "request", f"{about(request)}: {request.title}")

    @property
    def settled(self) -> bool:
        """Whether its chain is known, or known to be impossible: until then nothing can be judged."""
        return self.chain is not None or self.refused is not None

    @property
    def status(self) -> ApprovalStatus:
        """Where it stands. A request that was refused at its start counts as rejected."""
        if self.refused is not None:
            return ApprovalStatus.REJECTED
        return ApprovalStatus.IN_REVIEW if self.chain is None else self.chain.status

    @property
    def wake_at(self) -> datetime | None:
        """When the open level's time limit asks for something next."""
        step = self.chain.open_step if self.chain else None
        return step.wake_at if step else None

    def names(self, person: str) -> bool:
        """Tell whether the person makes or decides this request, so that the directory need not be asked again."""
        steps = self.chain.steps if self.chain else []
        return person == self.request.requester or any(person in step.approvers for step in steps)

    def take_notices(self) -> list[Notice]:
        """Return what people should hear of since the last time."""
        notices, self._notices = self._notices, []
        return notices

    def open(self, resolved: ResolvedChain, now: datetime) -> None:
        """Begin, with the first level."""
        self.chain = Chain(resolved.levels, now)
        self.attention = None
        self._level_opened(self.chain, now)

    def refuse(self, words: str, now: datetime) -> None:
        """End before it began: ``words`` say why its chain cannot be."""
        self.refused = self.reason = words
        self.attention = None
        self.stage_since = now
        self._record(now, SYSTEM, "refuse", words)

    def check_vote(self, ballot: Approve | Reject) -> Chain:
        """Raise unless the vote may be counted now."""
        chain = self._settled_chain()
        check_vote(self.request, chain, self.version, ballot)
        self._check_room((ballot.comment or "") if isinstance(ballot, Approve) else ballot.reason)
        return chain

    def approve(self, ballot: Approve, now: datetime) -> None:
        """Count an approval."""
        chain = self.check_vote(ballot)
        before = chain.open_step
        chain.cast(
            Vote(approver=ballot.approver, decision="approve", at=now, comment=ballot.comment, channel=ballot.channel)
        )
        self._record(now, ballot.approver, "approve", _detail(before, ballot.comment, ballot.channel))
        if chain.open_step is not None and chain.open_step is not before:
            self.attention = None
            self._level_opened(chain, now)
        elif chain.open_step is None:
            self._ended(now, f"approved, last by {ballot.approver}")

    def reject(self, ballot: Reject, now: datetime) -> None:
        """Count a rejection, which ends the request."""
        chain = self.check_vote(ballot)
        step, reason = chain.open_step, ballot.reason.strip()
        chain.cast(Vote(approver=ballot.approver, decision="reject", at=now, comment=reason, channel=ballot.channel))
        self._record(now, ballot.approver, "reject", _detail(step, reason, ballot.channel))
        self.reason = reason
        self._ended(now, f"rejected by {ballot.approver}: {reason}")

    def check_withdraw(self, withdraw: Withdraw) -> Chain:
        """Raise unless the request may be taken back now."""
        chain = self._settled_chain()
        check_running(chain)
        check_reason(withdraw.reason)
        check_requester(self.request, withdraw.requester)
        return chain

    def withdraw(self, withdraw: Withdraw, now: datetime) -> None:
        """Take the request back."""
        chain = self.check_withdraw(withdraw)
        chain.withdraw()
        self.reason = withdraw.reason.strip()
        self._record(now, withdraw.requester, "withdraw", self.reason)
        self._ended(now, f"withdrawn by {withdraw.requester}: {self.reason}")

    def check_comment(self, comment: AddComment) -> None:
        """Raise unless something may be said now. Whether the author is known only the directory can tell."""
        check_running(self._settled_chain())
        if len(self.comments) >= MOST_COMMENTS:
            raise refusal(Refusals.INVALID_REQUEST, f"text: the request has {MOST_COMMENTS} comments and takes no more")
        self._check_room(comment.text)

    def comment(self, comment: AddComment, now: datetime) -> None:
        """Write down what somebody said."""
        self.check_comment(comment)
        self.comments.append(Comment(author=comment.author, text=comment.text, at=now))
        self._record(now, comment.author, "comment", comment.text)

    def overdue(self, now: datetime) -> None:
        """Do what the open level wants when its time is up."""
        chain = self._settled_chain()
        step = chain.open_step
        if step is None:
            return
        match step.level.on_timeout:
            case "reject":
                self._expire(chain, step, now)
            case "escalate":
                self._escalate(chain, step, now)
            case "remind":
                self._remind(chain, step, now)

    def _expire(self, chain: Chain, step: Step, now: datetime) -> None:
        chain.expire()
        self.reason = f"level {step.level.name} was not decided in time"
        self._record(now, SYSTEM, "expire", self.reason)
        self._ended(now, f"closed: {self.reason}")

    def _escalate(self, chain: Chain, step: Step, now: datetime) -> None:
        added = chain.escalate(now) or ["nobody new"]
        self.attention = OVERDUE
        self._record(now, SYSTEM, "escalate", f"level {step.level.name} is overdue: added {both(added)}")
        self._tell("escalate", f"level {step.level.name} is overdue, {waiting_for(step)}", step.pending)

    def _remind(self, chain: Chain, step: Step, now: datetime) -> None:
        times = chain.remind(now)
        self.attention = OVERDUE
        text = f"level {step.level.name} is overdue, {waiting_for(step)}"
        self._record(now, SYSTEM, "remind", f"reminder {times}: {text}")
        self._tell("remind", text, step.pending)

    def _level_opened(self, chain: Chain, now: datetime) -> None:
        step = chain.open_step
        if step is not None:
            text = f"level {step.level.name} is open, {waiting_for(step)}"
            self._record(now, SYSTEM, "open", text)
            self._tell("open", text, step.pending)

    def _ended(self, now: datetime, how: str) -> None:
        self.attention = None
        self.stage_since = now
        self._record(now, SYSTEM, "end", f"the request is {self.status}")
        self._tell("end", how, [self.request.requester])

    def _settled_chain(self) -> Chain:
        if self.chain is None:
            raise refusal(Refusals.INVALID_REQUEST, self.refused or "its levels are not known yet")
        return self.chain

    def _check_room(self, text: str) -> None:
        votes = [vote for step in self.chain.steps for vote in step.votes] if self.chain else []
        used = sum(len(comment.text) for comment in self.comments) + sum(len(vote.comment or "") for vote in votes)
        if text and used + len(text) > MOST_TEXT:
            raise refusal(
                Refusals.INVALID_REQUEST,
                f"the request has room for {MOST_TEXT - used:,} more characters of comments, not for {len(text):,}",
            )

    def _record(self, now: datetime, actor: str, action: str, detail: str) -> None:
        self.updated_at = now
        entry = audit.next_entry(self.request.request_id, self.trail, at=now, actor=actor, action=action, detail=detail)
        self.trail.append(entry)

    def _tell(self, event: str, text: str, recipients: list[str]) -> None:
        event = f"{self.trail[-1].sequence}-{event}"
        self._notices.append(Notice(event, f"{about(self.request)}: {text}", tuple(recipients)))


def _detail(step: Step | None, words: str | None, channel: str | None) -> str:
    level = f"level {step.level.name}" if step else ""
    where = f" through {channel}" if channel else ""
    return f"{level}{where}: {words}" if words else f"{level}{where}"
