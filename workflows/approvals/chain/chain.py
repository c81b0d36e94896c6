"""The levels of one version of a request: what a vote does, which level opens next, when the request is decided.

Levels open in sequence, parallel ones together. One person has one vote on a version. Who has voted on an earlier
level, or must before it can pass, is barred from the later ones; the others decide those, with the help of
``escalate_to`` when they are too few for the rule. When they still are, all of them must approve. A level with nobody
left is skipped.

Every open level has a way out. When those who are here can no longer give the approvals that it needs, it gets its
``escalate_to`` and then its ``fallback`` at once; when nobody who will ever be back can, the request ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.approvals.chain.reach import reach
from workflows.approvals.chain.roster import Holder, Roster
from workflows.approvals.chain.step import CLOSED, Step, voice
from workflows.approvals.level_models import ResolvedLevel
from workflows.approvals.models import ApprovalStatus, LevelStatus, Vote


@dataclass(frozen=True)
class Event:
    """Something that followed from a change: a level opened, was skipped, got help, or cannot pass any more."""

    kind: Literal["open", "skip", "help", "stuck"]
    step: Step
    people: tuple[str, ...] = ()


class Chain:
    """Levels and their votes, none before :meth:`open`. The caller checks before whether a vote may be given."""

    def __init__(self, requester: str) -> None:
        self.status = ApprovalStatus.IN_REVIEW
        self.steps: list[Step] = []
        self.roster = Roster(requester)
        self._events: list[Event] = []

    def open(self, levels: list[ResolvedLevel], now: datetime) -> None:
        """Open the first of ``levels``, those of an earlier version are forgotten."""
        self.status = ApprovalStatus.IN_REVIEW
        self.steps = [Step(level) for level in levels]
        self.settle(now)

    def refuse(self) -> None:
        """End the request because nobody can decide it: it counts as rejected, and has no levels."""
        self.status = ApprovalStatus.REJECTED

    def take_events(self) -> list[Event]:
        """Return what has followed from the changes since the last call."""
        events, self._events = self._events, []
        return events

    @property
    def open_steps(self) -> list[Step]:
        """The open levels."""
        return [step for step in self.steps if step.is_open]

    @property
    def current(self) -> int | None:
        """Index of the first open level, None when none is."""
        return next((index for index, step in enumerate(self.steps) if step.is_open), None)

    @property
    def next_steps(self) -> list[Step]:
        """The levels that open when the open ones have passed, none after the last."""
        waiting = ([step for step in group if step.status == LevelStatus.NOT_OPEN] for group in self._groups())
        return next((steps for steps in waiting if steps), [])

    @property
    def used(self) -> set[str]:
        """Everybody who has no vote left on this version."""
        return {person for step in self.steps for person in step.voices}

    @property
    def votes(self) -> list[Vote]:
        """All votes on this version."""
        return [vote for step in self.steps for vote in step.votes]

    def holders(self, step: Step, now: datetime) -> dict[str, list[Holder]]:
        """Return who may vote on each open seat of a level, or could once it opens."""
        voted = {vote.approver for vote in self.votes}
        return {
            seat: [holder for holder in self.roster.holders(seat, now) if holder.person not in voted]
            for seat in step.open_seats
        }

    def pending(self, step: Step, now: datetime) -> list[str]:
        """Return who may vote on a level, or will once it opens: those with seats first, then who stands in."""
        return who_of(self.holders(step, now))

    def seats_of(self, person: str, now: datetime) -> list[tuple[Step, str]]:
        """Return the open levels and seats that a person may vote on, the one where they are needed most first."""
        found = [
            (step, seat)
            for step in self.open_steps
            for seat, holders in self.holders(step, now).items()
            if any(holder.person == person for holder in holders)
        ]
        return sorted(found, key=lambda each: (person not in each[0].bound, each[1] != person))

    def cast(self, step: Step, vote: Vote) -> None:
        """Count a vote on an open level; what it decides follows at once."""
        before = [len(each.escalated) for each in self.steps]
        step.votes.append(vote)
        self.settle(vote.at)
        for each, seats in zip(self.steps, before, strict=True):
            if each.is_open and len(each.escalated) > seats:
                each.helped.append(vote.approver)

    def retract(self, step: Step, vote: Vote, now: datetime) -> None:
        """Take a vote back, of which nothing has followed."""
        step.votes.remove(vote)
        self.settle(now)

    def followed(self, vote: Vote) -> Step | None:
        """Return a level that is closed, or has more approvers, because of a vote; None if there is none."""
        people = {vote.approver, voice(vote)}
        for step in self.steps:
            if vote.approver in step.helped:
                return step
            if vote in step.votes and step.status in CLOSED:
                return step
            if step.reached and step.status in CLOSED and people & {*step.barred, *step.carried}:
                return step
        return None

    def escalate(self, step: Step, now: datetime) -> list[str]:
        """Give seats to a level's ``escalate_to`` too, and return the people added."""
        step.escalated_at = now
        return step.add([person for person in step.level.escalate_to if person not in self.used])

    def expire(self, step: Step) -> None:
        """End the request because a level was not decided in time."""
        step.status = LevelStatus.EXPIRED
        self.end(ApprovalStatus.EXPIRED)

    def end(self, status: ApprovalStatus, level: LevelStatus = LevelStatus.CLOSED) -> None:
        """End the request, or this version of it; its open levels get the status ``level``."""
        self.status = status
        for step in self.steps:
            if step.is_open:
                step.status = level
            elif step.status == LevelStatus.NOT_OPEN:
                step.status = LevelStatus.CLOSED

    def settle(self, now: datetime) -> None:
        """Let everything happen that follows from the last change: levels pass, get help, open, and end."""
        while self.status == ApprovalStatus.IN_REVIEW and self.steps:
            self._bar()
            decided = [step for step in self.open_steps if self._decide(step)]
            if decided:
                continue
            if not self.open_steps:
                self._open_next(now)
            elif not any(self._help(step, now) for step in self.open_steps):
                return

    def _decide(self, step: Step) -> bool:
        """Close a level that its votes have decided."""
        outcome = step.outcome if step.is_open else None
        if outcome == "approve":
            step.status = LevelStatus.APPROVED
        elif outcome == "reject":
            step.status = LevelStatus.REJECTED
            self.end(ApprovalStatus.REJECTED)
        return outcome is not None

    def _help(self, step: Step, now: datetime) -> bool:
        """Add approvers to a level that those who are here cannot pass; end the request when nobody ever can."""
        if self._reach(step, now, here=True) >= step.missing:
            return False
        if step.level.escalate_to and step.escalated_at is None:
            self._tell("help", step, self.escalate(step, now))
            return True
        if step.level.fallback and not step.fell_back:
            step.fell_back = True
            added = step.add([person for person in step.level.fallback if person not in self.used])
            self._tell("help", step, added)
            return True
        if self._reach(step, now, here=False) >= step.missing:
            return False
        self._tell("stuck", step)
        rejected = step.count("reject") > 0
        level = LevelStatus.REJECTED if rejected else LevelStatus.EXPIRED
        step.status = level
        self.end(ApprovalStatus.REJECTED if rejected else ApprovalStatus.EXPIRED)
        return True

    def _reach(self, step: Step, now: datetime, *, here: bool) -> int:
        """Return how many of a level's open seats can be voted, by those who are ``here`` or by anybody."""
        return reach(
            {
                seat: [holder.person for holder in holders if not here or self.roster.is_here(holder.person, now)]
                for seat, holders in self.holders(step, now).items()
            }
        )

    def _bar(self) -> None:
        """Bar from each level who votes on another one, and note which levels nobody is left to decide."""
        before: set[str] = set()
        for group in self._groups():
            for step in group:
                self._bar_step(step, before)
            before = before.union(*(step.bound for step in group))

    def _bar_step(self, step: Step, before: set[str]) -> None:
        if step.status in CLOSED and (step.reached or step.status != LevelStatus.SKIPPED):
            return
        was = step.status
        if was == LevelStatus.SKIPPED:
            step.status = LevelStatus.NOT_OPEN
        elsewhere = {person for each in self.steps if each is not step for person in each.voices}
        foreseen = step.status == LevelStatus.NOT_OPEN and step.level.same_person == "others"
        carries = step.level.same_person == "skip"
        step.bar(elsewhere | before if foreseen else elsewhere, self._approved_elsewhere(step) if carries else set())
        if step.status == LevelStatus.SKIPPED and was != LevelStatus.SKIPPED:
            self._tell("skip", step)

    def _approved_elsewhere(self, step: Step) -> set[str]:
        votes = [vote for each in self.steps if each is not step for vote in each.votes]
        return {voice(vote) for vote in votes if vote.decision == "approve"}

    def _open_next(self, now: datetime) -> None:
        steps = self.next_steps
        last = self.steps.index(steps[-1]) if steps else len(self.steps) - 1
        for step in self.steps[: last + 1]:
            step.reached = True
        for step in steps:
            step.open(now)
            self._tell("open", step)
        if not steps:
            self.end(ApprovalStatus.APPROVED)

    def _groups(self) -> list[list[Step]]:
        """Return the levels, those together that open together."""
        groups: list[list[Step]] = []
        for step in self.steps:
            if groups and step.level.parallel:
                groups[-1].append(step)
            else:
                groups.append([step])
        return groups

    def _tell(
        self, kind: Literal["open", "skip", "help", "stuck"], step: Step, people: list[str] | None = None
    ) -> None:
        self._events.append(Event(kind, step, tuple(people or ())))


def who_of(holders: Mapping[str, Sequence[Holder]]) -> list[str]:
    """Return everybody among the holders of seats: those with seats first, then who stands in."""
    every = [holder for seat in holders.values() for holder in seat]
    owners = [holder.person for holder in every if holder.by == "owner"]
    return list(dict.fromkeys([*owners, *(holder.person for holder in every)]))
