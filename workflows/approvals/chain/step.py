"""One level of the chain under way: its seats, its votes, and the outcome that they give.

A level passes with the approvals its rule asks for, and is rejected by the rejects that its rejection rule asks for.
``all`` means as many as it had approvers when it opened. Who escalation or the fallback adds does not change the
numbers: each of them stands in for somebody who has not voted.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workflows.approvals.level_models import ResolvedLevel
from workflows.approvals.models import Decision, LevelStatus, Vote

MAX_REMINDERS = 10
"""For an overdue level; after the last it waits in silence."""
DAY = timedelta(days=1)
PATIENCE = timedelta(days=3)
"""After which the approvers of a level without a time limit are reminded for the first time."""
MAX_PERIOD = timedelta(days=7)
"""Between two reminders, unless the level's own time limit is longer."""

CLOSED = frozenset(
    {LevelStatus.APPROVED, LevelStatus.REJECTED, LevelStatus.EXPIRED, LevelStatus.SKIPPED, LevelStatus.CLOSED}
)


def voice(vote: Vote) -> str:
    """Return whose seat a vote is on."""
    return vote.on_behalf_of or vote.approver


@dataclass
class Step:
    """One level of the chain under way. ``level.approvers`` are its seats, as reassigned."""

    level: ResolvedLevel
    status: LevelStatus = LevelStatus.NOT_OPEN
    opened_at: datetime | None = None
    due_at: datetime | None = None
    votes: list[Vote] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    """Its approvers whose one vote is on another level, or will be before this level can open."""
    carried: list[str] = field(default_factory=list)
    """Its approvers whose approval of an earlier level counts here too, as ``same_person`` allows."""
    escalated: list[str] = field(default_factory=list)
    """Who was added to its approvers: by escalation, or as the fallback."""
    escalated_at: datetime | None = None
    fell_back: bool = False
    helped: list[str] = field(default_factory=list)
    """Whose votes, here or on another level, brought it more approvers."""
    overdue_at: datetime | None = None
    """When its time limit acted, unless it was extended since."""
    reminded_at: datetime | None = None
    reminders: int = 0
    reached: bool = False
    """Whether its turn has come. Until then it is only foreseen to be skipped."""

    @property
    def is_open(self) -> bool:
        """Whether it takes votes."""
        return self.status == LevelStatus.OPEN

    @property
    def others(self) -> list[str]:
        """The approvers that it was given, without those who are barred."""
        return [person for person in self.level.approvers if person not in self.barred]

    @property
    def approvers(self) -> list[str]:
        """Everybody who has a seat on it, in order."""
        return [*self.others, *self.escalated]

    @property
    def wanted(self) -> int:
        """Number of approvals that its rule asks for."""
        return max(len(self.others), 1) if self.level.rule.kind == "all" else self.level.needed

    @property
    def needed(self) -> int:
        """Number of approvals that pass it."""
        return min(self.wanted, len(self.approvers))

    @property
    def rejects_needed(self) -> int:
        """Number of rejects that reject it."""
        return max(min(self.level.rejection.needed(len(self.level.approvers)), len(self.approvers)), 1)

    @property
    def open_seats(self) -> list[str]:
        """The approvers on whose seats nobody has voted; none once it is decided."""
        if self.status in CLOSED:
            return []
        taken = {*map(voice, self.votes), *self.carried}
        return [person for person in self.approvers if person not in taken]

    @property
    def approvals(self) -> int:
        """Number of approvals."""
        return self.count("approve") + len(self.carried)

    @property
    def missing(self) -> int:
        """Number of approvals it still needs."""
        return max(self.needed - self.approvals, 0)

    @property
    def outcome(self) -> Decision | None:
        """What its votes decide: a function of its rules and the votes in their order."""
        approvals, rejects = len(self.carried), 0
        for vote in self.votes:
            if approvals >= self.needed:
                break
            approvals += vote.decision == "approve"
            rejects += vote.decision == "reject"
            if rejects >= self.rejects_needed:
                return "reject"
        return "approve" if approvals >= self.needed else None

    @property
    def voices(self) -> set[str]:
        """Everybody whose one vote is on it: who voted, and for whom they did."""
        return {person for vote in self.votes for person in (vote.approver, voice(vote))}

    @property
    def bound(self) -> set[str]:
        """Whose vote is on it, or must be before it can pass."""
        seats = self.open_seats
        more_may_come = self.level.escalate_to and self.escalated_at is None
        return self.voices.union(seats) if len(seats) == self.missing and not more_may_come else self.voices

    @property
    def unlimited(self) -> bool:
        """Whether it may take any time."""
        return self.level.due is None and self.due_at is None

    @property
    def wake_at(self) -> datetime | None:
        """When time does something to it next: at ``due_at``, at each reminder; None for never."""
        if not self.is_open:
            return None
        if self.reminded_at is not None:
            return self.reminded_at + self.reminder_period if self.reminders < MAX_REMINDERS else None
        if self.unlimited:
            return None if self.opened_at is None else self.opened_at + PATIENCE
        return self.due_at if self.overdue_at is None else None

    @property
    def reminder_period(self) -> timedelta:
        """Time until the next reminder: twice as long after each."""
        limit = self.level.due_seconds
        first = timedelta(seconds=limit) if limit is not None else PATIENCE if self.unlimited else DAY
        return min(first * (1 << max(self.reminders - 1, 0)), max(first, MAX_PERIOD))

    def count(self, decision: Decision) -> int:
        """Return how many votes decide so."""
        return sum(vote.decision == decision for vote in self.votes)

    def vote_on(self, seat: str) -> Vote | None:
        """Return the vote on the seat of a person, None if there is none."""
        return next((vote for vote in self.votes if voice(vote) == seat), None)

    def open(self, now: datetime) -> None:
        """Let it take votes. Its time limit in plain seconds begins now; another comes with its plan."""
        self.status, self.opened_at, self.reached = LevelStatus.OPEN, now, True
        if self.level.due_seconds is not None:
            self.due_at = now + timedelta(seconds=self.level.due_seconds)

    def bar(self, people: set[str], approved: set[str]) -> None:
        """Bar ``people``, whose vote is on other levels; skip it when nobody else is left to decide it.

        ``approved`` are those of them who approved: where the level lets that count, they are carried over instead.
        """
        carries = self.level.same_person == "skip"
        self.carried = [person for person in self.level.approvers if carries and person in approved]
        self.barred = [person for person in self.level.approvers if person in people and person not in self.carried]
        self.escalated = [
            person for person in self.escalated if self.is_open and (person not in people or self.vote_on(person))
        ]
        if len(self.others) < self.wanted:
            self.add([person for person in self.level.escalate_to if person not in people])
        if not self.approvers:
            self.add([person for person in self.level.fallback if person not in people])
        if not self.approvers or (self.carried and not self.votes and self.approvals >= self.needed):
            self.status = LevelStatus.SKIPPED

    def add(self, people: list[str]) -> list[str]:
        """Give seats to people who have none and are no approvers anyway; return those added."""
        known = {*self.level.approvers, *self.escalated}
        added = [person for person in people if person not in known]
        self.escalated += added
        return added

    def replace(self, remove: str, add: str) -> None:
        """Give the seat of one person to another."""
        seats = [add if person == remove else person for person in self.level.approvers]
        self.level = self.level.model_copy(update={"approvers": seats})
        self.escalated = [add if person == remove else person for person in self.escalated]
