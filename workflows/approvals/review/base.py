"""What every change to a request works on: its state, its trail, its notices and their bounds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from workflows.approvals import audit
from workflows.approvals.chain.chain import Chain, Event
from workflows.approvals.chain.step import Step
from workflows.approvals.eligibility import barred_words, waiting_for
from workflows.approvals.level_models import ResolvedChain
from workflows.approvals.models import (
    POLICY_WRONG,
    ApprovalRequest,
    ApprovalStatus,
    Attachment,
    AuditEntry,
    Comment,
    Question,
    Refusals,
    Version,
)
from workflows.approvals.slack.models import Notice
from workflows.approvals.wording import about, both, passed_words, skipped_words
from workflows.shared.refusals import Refusal
from workflows.shared.refused_signals import RefusalLog, RefusedSignal

SYSTEM = "(workflow)"
"""Actor of what no person did; no person's ID has brackets."""

OVERDUE = "overdue"
DIRECTORY_DOWN = "directory"

OPEN = frozenset({ApprovalStatus.IN_REVIEW, ApprovalStatus.CHANGES_REQUESTED})

MAX_COMMENTS = 100
MAX_TEXT = 50_000
"""Characters in all that people write: every update answers with all of it, and the history, of 50 MB at most, keeps
each answer."""
MAX_HANDLED = 50
"""Updates that are known by their IDs: who repeats one does so soon."""
MAX_MOVES = 200
"""Changes other than votes and comments. A run takes 2,000 updates, and those who must vote need some."""


class ReviewBase:
    """The request, its chain once that is known, what people wrote, and its audit trail."""

    def __init__(self, request: ApprovalRequest, now: datetime) -> None:
        self.request = request
        """As it is in the version under review."""
        self.version = 1
        self.chain = Chain(request.requester)
        self.attention: str | None = None
        self.refusals = RefusalLog[RefusedSignal]()
        self.reason: str | None = None
        self.comments: list[Comment] = []
        self.questions: list[Question] = []
        self.attachments: list[Attachment] = []
        self.versions: list[Version] = []
        self.returned_at: datetime | None = None
        self.reminded_at: datetime | None = None
        self.may_reassign: list[str] = []
        self.closes_at: datetime | None = None
        """When it ends undecided, as the policy says."""
        self.extended_to: datetime | None = None
        """Until when somebody has put off its end at least."""
        self.moves = 0
        self.attempts: dict[str, int] = {}
        """Refused attempts that clients told of, by person."""
        self.handled: list[str] = []
        """IDs of the latest updates that changed it: Temporal knows only those of the run that it has now."""
        self.trail: list[AuditEntry] = []
        self.stage_since = self.updated_at = now
        self._notices: list[Notice] = []
        self._record(now, request.requester, "request", f"{about(request)}: {request.title}")

    @property
    def settled(self) -> bool:
        """Whether its chain is known, or known to be impossible. Before that no update can be judged."""
        return bool(self.chain.steps) or not self.is_open

    @property
    def status(self) -> ApprovalStatus:
        """Status of the request."""
        return self.chain.status

    @property
    def is_open(self) -> bool:
        """Whether it may still be decided."""
        return self.status in OPEN

    def not_before_extension(self, end: datetime) -> datetime:
        """Return when the request ends, given when it would if nobody had put that off."""
        return max(end, self.extended_to or end)

    def waited_for(self, step: Step, now: datetime) -> list[str]:
        """Return who must act now on a level, without those who asked for some time."""
        snoozed = self.chain.roster.snoozed
        return [person for person in self.chain.pending(step, now) if snoozed.get(person, now) <= now]

    def names(self, person: str) -> bool:
        """Return whether the request or its chain names the person, who then is known to the directory."""
        roster = self.chain.roster
        return (
            person == self.request.requester
            or any(person in step.approvers for step in self.chain.steps)
            or any(person == each.to for each in roster.delegations)
        )

    def note_handled(self, update_id: str) -> None:
        """Note that an update has changed the request; sent again, in another run, it changes nothing."""
        if update_id not in self.handled:
            self.handled = [*self.handled, update_id][-MAX_HANDLED:]

    def take_notices(self) -> list[Notice]:
        """Return the notices since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def open(self, resolved: ResolvedChain, now: datetime) -> None:
        """Open the first level."""
        self.attention = self.reason = None
        self.may_reassign = list(resolved.may_reassign)
        self.chain.roster.managers.update(resolved.managers)
        if resolved.expires_after_seconds is not None and self.closes_at is None:
            self.closes_at = now + timedelta(seconds=resolved.expires_after_seconds)
        self.chain.open(resolved.levels, now)
        self._follow_up(now)

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

    def why_no_room(self, text: str) -> Refusal | None:
        """Return why so much more text does not fit."""
        used = sum(map(len, self._texts()))
        if not text or used + len(text) <= MAX_TEXT:
            return None
        words = f"the request has room for {MAX_TEXT - used:,} more characters of comments, not for {len(text):,}"
        return Refusal(Refusals.INVALID_REQUEST, words)

    def why_no_move(self, text: str = "") -> Refusal | None:
        """Return why no more changes fit that are neither votes nor comments; ``text`` is what comes with one."""
        if self.moves < MAX_MOVES:
            return self.why_no_room(text)
        words = f"the request was changed {MAX_MOVES} times; it takes only votes, comments and a withdrawal now"
        return Refusal(Refusals.INVALID_REQUEST, words)

    def _texts(self) -> list[str]:
        votes = [*self.chain.votes, *(vote for version in self.versions for vote in version.votes)]
        return [
            *(comment.text for comment in self.comments),
            *(question.question for question in self.questions),
            *(vote.comment or "" for vote in votes),
            *(f"{each.url}{each.name}" for each in self.attachments),
            *(each.reason or "" for each in self.chain.roster.delegations),
            *(f"{each.reason}{each.note or ''}" for each in self.versions),
        ]

    def _follow_up(self, now: datetime, how: str = "") -> None:
        """Record and tell what the chain did after a change; ``how`` says by whom the request was decided."""
        for event in self.chain.take_events():
            self._note(event, now)
        if self.is_open:
            return
        self.attention = None
        self.stage_since = now
        self._record(now, SYSTEM, "end", f"the request is {self.status}")
        self._tell("end", how or f"closed: {self.reason}", [self.request.requester])

    def _note(self, event: Event, now: datetime) -> None:
        step = event.step
        match event.kind:
            case "skip" if step.carried:
                self._record(now, SYSTEM, "skip", passed_words(step.level.name, step.carried))
            case "skip":
                self._record(now, SYSTEM, "skip", skipped_words(step.level.name, step.barred))
            case "open":
                self._record(now, SYSTEM, "open", f"{self._opened(step, now)}{barred_words(step)}")
            case "help" if event.people:
                words = f"level {step.level.name} cannot be decided by those who are here: added {both(event.people)}"
                self._record(now, SYSTEM, "help", words)
            case "stuck":
                self.reason = f"level {step.level.name} can no longer pass: too few are left to approve it"
                self._record(now, SYSTEM, "expire", self.reason)
            case _:
                pass

    def _opened(self, step: Step, now: datetime) -> str:
        return f"level {step.level.name} is open, {waiting_for(self.chain, step, now)}"

    def _record(self, now: datetime, actor: str, action: str, detail: str) -> None:
        self.updated_at = now
        entry = audit.next_entry(self.request.request_id, self.trail, at=now, actor=actor, action=action, detail=detail)
        self.trail.append(entry)

    def _tell(self, event: str, text: str, recipients: Sequence[str]) -> None:
        # A reset may repeat a sequence number with another event; the hash tells the two apart.
        event = f"{self.trail[-1].sequence}-{event}-{self.trail[-1].hash[:8]}"
        words = f"{about(self.request)}: {text}"
        self._notices.append(Notice(event=event, text=words, recipients=list(recipients)))
