"""The chain of levels and its votes: which level is open, what a vote does, when the request is decided.

A level passes with the approvals its rule asks for: one (``any``), ``count`` (``quorum``), or as many as it had
approvers when it opened (``all``). One reject on any level rejects the request. Escalation adds approvers but does
not change the number: each of them stands in for somebody who has not voted.

One person has one vote. Who has voted on an earlier level, or must before it can pass, is barred from the later ones.
The others decide those, with the help of ``escalate_to`` when they are too few for the rule; when they still are, all
of them must approve. A level with nobody left is skipped: all of its approvers vote on earlier levels.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workflows.approvals.level_models import ResolvedLevel
from workflows.approvals.models import ApprovalStatus, LevelState, LevelStatus, Vote

MAX_REMINDERS = 10
"""For an overdue level, one in each period of ``due_seconds``; after the last it waits in silence."""


@dataclass
class Step:
    """One level of the chain under way."""

    level: ResolvedLevel
    status: LevelStatus = LevelStatus.NOT_OPEN
    due_at: datetime | None = None
    votes: list[Vote] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    """Its approvers whose one vote is on an earlier level, or will be before this level can open."""
    escalated: list[str] = field(default_factory=list)
    escalated_at: datetime | None = None
    reminded_at: datetime | None = None
    reminders: int = 0

    @property
    def approvers(self) -> list[str]:
        """Everybody who may vote on it, in order."""
        return [*self.others, *self.escalated]

    @property
    def others(self) -> list[str]:
        """The approvers that it was given, without those who are barred."""
        return [person for person in self.level.approvers if person not in self.barred]

    @property
    def needed(self) -> int:
        """Number of approvals that pass it."""
        return min(self.wanted, len(self.approvers))

    @property
    def wanted(self) -> int:
        """Number of approvals that its rule asks for."""
        return max(len(self.others), 1) if self.level.rule.kind == "all" else self.level.needed

    @property
    def pending(self) -> list[str]:
        """Who may still vote on it, or will once it opens."""
        if self.status not in {LevelStatus.NOT_OPEN, LevelStatus.OPEN}:
            return []
        voted = {vote.approver for vote in self.votes}
        return [person for person in self.approvers if person not in voted]

    @property
    def approvals(self) -> int:
        """Number of approvals."""
        return sum(vote.decision == "approve" for vote in self.votes)

    @property
    def missing(self) -> int:
        """Number of approvals it still needs."""
        return max(self.needed - self.approvals, 0)

    @property
    def bound(self) -> set[str]:
        """Who has voted on it, or must before it can pass."""
        voted = {vote.approver for vote in self.votes}
        pending = self.pending
        more_may_come = self.level.escalate_to and self.escalated_at is None
        return voted.union(pending) if len(pending) == self.missing and not more_may_come else voted

    @property
    def wake_at(self) -> datetime | None:
        """When its time limit acts next: at ``due_at``, and at each reminder after it; None for never."""
        if self.status != LevelStatus.OPEN or self.due_at is None or self.level.due_seconds is None:
            return None
        if self.reminded_at is not None:
            period = timedelta(seconds=self.level.due_seconds)
            return self.reminded_at + period if self.reminders < MAX_REMINDERS else None
        return None if self.escalated_at else self.due_at

    def vote_of(self, person: str) -> Vote | None:
        """Return the vote of ``person``, None if there is none."""
        return next((vote for vote in self.votes if vote.approver == person), None)

    def state(self) -> LevelState:
        """Return it as a payload."""
        return LevelState(
            name=self.level.name,
            status=self.status,
            rule=self.level.rule,
            due_at=self.due_at,
            votes=list(self.votes),
            pending=self.pending,
            approvers=self.approvers,
            needed=self.needed,
            barred=list(self.barred),
        )

    def bar(self, people: set[str]) -> None:
        """Bar ``people``, who vote on earlier levels, before it opens; skip it when nobody else is left."""
        self.barred = [person for person in self.level.approvers if person in people]
        self.escalated = []
        if len(self.others) < self.wanted:
            helpers = [person for person in self.level.escalate_to if person not in people]
            self.escalated = [person for person in helpers if person not in self.others]
        if not self.approvers:
            self.status = LevelStatus.SKIPPED


class Chain:
    """Levels in sequence, none before :meth:`open`. The caller checks before whether a vote may be given."""

    def __init__(self) -> None:
        self.status = ApprovalStatus.IN_REVIEW
        self.steps: list[Step] = []

    def open(self, levels: list[ResolvedLevel], now: datetime) -> None:
        """Open the first of ``levels``."""
        self.steps = [Step(level) for level in levels]
        self._bar()
        self._open_next(now)

    def refuse(self) -> None:
        """End the request because nobody can decide it: it counts as rejected, and has no levels."""
        self.status = ApprovalStatus.REJECTED

    @property
    def current(self) -> int | None:
        """Index of the open level, None when none is."""
        return next((index for index, step in enumerate(self.steps) if step.status == LevelStatus.OPEN), None)

    @property
    def open_step(self) -> Step | None:
        """The open level, None when the request is decided."""
        return None if self.current is None else self.steps[self.current]

    @property
    def next_step(self) -> Step | None:
        """The level that opens when the open one passes, None after the last."""
        return next((step for step in self.steps if step.status == LevelStatus.NOT_OPEN), None)

    @property
    def skipped(self) -> list[int]:
        """Indices of the levels that nobody decides, since all of their approvers decide earlier ones."""
        return [index for index, step in enumerate(self.steps) if step.status == LevelStatus.SKIPPED]

    def cast(self, vote: Vote) -> None:
        """Count a vote on the open level; open the next one or end the request if it decides."""
        step = self._the_open_step()
        step.votes.append(vote)
        if vote.decision == "reject":
            step.status = LevelStatus.REJECTED
            self._end(ApprovalStatus.REJECTED)
            return
        passed = not step.missing
        if passed:
            step.status = LevelStatus.APPROVED
        self._bar()
        if passed:
            self._open_next(vote.at)

    def remind(self, now: datetime) -> int:
        """Count a reminder of the open level, and return its number."""
        step = self._the_open_step()
        step.reminded_at = now
        step.reminders += 1
        return step.reminders

    def escalate(self, now: datetime) -> list[str]:
        """Let the level's ``escalate_to`` vote on it too, and return the people added."""
        step = self._the_open_step()
        step.escalated_at = now
        here = {*step.approvers, *(vote.approver for each in self.steps for vote in each.votes)}
        added = [person for person in step.level.escalate_to if person not in here]
        step.escalated.extend(added)
        self._bar()
        return added

    def withdraw(self) -> None:
        """End the request undecided."""
        self._the_open_step().status = LevelStatus.CLOSED
        self._end(ApprovalStatus.WITHDRAWN)

    def expire(self) -> None:
        """End the request because the open level was not decided in time."""
        self._the_open_step().status = LevelStatus.EXPIRED
        self._end(ApprovalStatus.EXPIRED)

    def _bar(self) -> None:
        """Bar from each level that is not open yet who votes on an earlier one."""
        people: set[str] = set()
        for step in self.steps:
            if step.status == LevelStatus.NOT_OPEN:
                step.bar(people)
            people |= step.bound

    def _the_open_step(self) -> Step:
        step = self.open_step
        if step is None:
            raise RuntimeError("no level is open; the caller did not check")
        return step

    def _open_next(self, now: datetime) -> None:
        step = self.next_step
        if step is None:
            self._end(ApprovalStatus.APPROVED)
            return
        step.status = LevelStatus.OPEN
        if step.level.due_seconds is not None:
            step.due_at = now + timedelta(seconds=step.level.due_seconds)

    def _end(self, status: ApprovalStatus) -> None:
        self.status = status
        for step in self.steps:
            if step.status == LevelStatus.NOT_OPEN:
                step.status = LevelStatus.CLOSED
