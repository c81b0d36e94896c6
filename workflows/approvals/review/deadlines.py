"""What time does to a request: due levels, reminders, escalation, absences, and its own end."""

from datetime import datetime, timedelta

from workflows.approvals.chain.roster import Absence
from workflows.approvals.chain.step import Step
from workflows.approvals.due import YEAR
from workflows.approvals.eligibility import waiting_for, why_not_change, why_not_decide, why_not_reason
from workflows.approvals.level_models import LevelPlan, LevelToPlan, PersonPlan
from workflows.approvals.models import ApprovalStatus, LevelStatus, Refusals
from workflows.approvals.review.base import SYSTEM
from workflows.approvals.review.people import People
from workflows.approvals.review.versions import Versions
from workflows.approvals.updates import ExtendDeadline
from workflows.approvals.wording import both
from workflows.shared.refusals import Refusal, refuse

REMIND_EVERY = timedelta(days=7)
"""The requester of a request that was sent back."""


class Deadlines(Versions, People):
    """Time limits. All moments are those of the workflow, never of a clock."""

    @property
    def wake_at(self) -> datetime | None:
        """When :meth:`tick` has something to do next; None for never."""
        if not self.is_open or not self.chain.steps:
            return None
        moments = [step.wake_at for step in self.chain.steps]
        moments += [self.expires_at, self.resubmit_by, self.remind_requester_at, self.chain.roster.next_end]
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def overdue(self) -> bool:
        """Whether a time limit has passed without a decision."""
        if self.status == ApprovalStatus.CHANGES_REQUESTED:
            return self.reminded_at is not None
        return any(step.overdue_at for step in self.chain.open_steps)

    @property
    def due_at(self) -> datetime | None:
        """When the next time limit is."""
        limits = [step.due_at for step in self.chain.open_steps] + [self.expires_at, self.resubmit_by]
        return min((limit for limit in limits if limit is not None), default=None) if self.is_open else None

    def tick(self, now: datetime) -> None:
        """Do everything whose time has come."""
        if self._expire(now):
            return
        if self.remind_requester_at is not None and self.remind_requester_at <= now:
            self.reminded_at = now
            text = f"{self.request.requester} has not sent it in again; it is closed on {self.resubmit_by:%Y-%m-%d}"
            self._record(now, SYSTEM, "remind", text)
            self._tell("remind", text, [self.request.requester])
        for words in self.chain.roster.end(now):
            self._record(now, SYSTEM, "people", words)
        self.chain.settle(now)
        self._follow_up(now)
        for step in self.chain.open_steps:
            if step.is_open and step.wake_at is not None and step.wake_at <= now:
                self._overdue(step, now)

    def level_to_plan(self, step: Step, now: datetime) -> LevelToPlan:
        """Return what to ask for an open level: everybody who may vote on it, or holds a seat of it."""
        people, opened_at = self.people_to_plan(step, now), step.opened_at or now
        return LevelToPlan(level=step.level.name, people=people, due=step.level.due, opened_at=opened_at, at=now)

    def people_to_plan(self, step: Step, now: datetime) -> list[str]:
        """Return who may vote on an open level, or holds a seat of it."""
        stand_ins = [holder.person for seat in self.chain.holders(step, now).values() for holder in seat]
        return list(dict.fromkeys([*step.open_seats, *stand_ins]))

    def plan(self, step: Step, plan: LevelPlan, now: datetime) -> None:
        """Take up who of a level's people is here, and until when it is due."""
        for person in plan.people:
            self._see(person, now)
        if plan.due_at is not None and step.is_open and step.due_at is None:
            step.due_at = plan.due_at
        self.chain.settle(now)
        self._follow_up(now)

    def why_not_extend(self, extend: ExtendDeadline, now: datetime) -> Refusal | None:
        """Return why a deadline may not be put off now."""
        return (
            self.why_not_settled()
            or why_not_change(self.chain)
            or why_not_reason(extend.reason)
            or self.why_not_admin(extend.by)
            or (self._why_not_end(extend) if extend.level is None else self._why_not_open(extend.level, extend))
            or self._why_not_later(extend, now)
            or self.why_no_move(extend.reason)
        )

    def extend_deadline(self, extend: ExtendDeadline, now: datetime) -> None:
        """Give a level, or the request, more time; what happens at its end happens then."""
        refuse(self.why_not_extend(extend, now))
        self.moves += 1
        if extend.level is None:
            self.extended_to = extend.due_at
            words = (
                f"the request ends {extend.due_at:%Y-%m-%d %H:%M} UTC, if it is not decided: {extend.reason.strip()}"
            )
            self._record(now, extend.by, "extend_deadline", words)
            waiting = [person for step in self.chain.open_steps for person in self.waited_for(step, now)]
            self._tell("extend", words, list(dict.fromkeys([self.request.requester, *waiting])))
            return
        step = self.level_named(extend.level)
        step.due_at = extend.due_at
        step.overdue_at = step.reminded_at = None
        step.reminders = 0
        words = f"level {step.level.name} is due {extend.due_at:%Y-%m-%d %H:%M} UTC: {extend.reason.strip()}"
        self._record(now, extend.by, "extend_deadline", words)
        self._tell("extend", words, self.waited_for(step, now))

    @property
    def expires_at(self) -> datetime | None:
        """When the request is closed undecided."""
        limits = [limit for limit in (self.request.expires_at, self.closes_at) if limit is not None]
        return self.not_before_extension(min(limits)) if limits else None

    @property
    def ends_at(self) -> datetime | None:
        """When the request ends by itself, for whichever reason comes first; None for never."""
        ends = [end for end in (self.expires_at, self.resubmit_by) if end is not None]
        return min(ends, default=None)

    def why_not_extend_end(self, by: str) -> Refusal | None:
        """Return why somebody may not put off the end of the request: its approvers may, and whom the policy says."""
        if by in self.may_reassign or any(by in step.approvers for step in self.chain.steps):
            return None
        return Refusal(Refusals.NOT_ELIGIBLE, f"by: {by} is not an approver of this request{self.nor_entitled}")

    @property
    def remind_requester_at(self) -> datetime | None:
        """When the requester of a request that was sent back hears of it again."""
        if self.status != ApprovalStatus.CHANGES_REQUESTED or self.returned_at is None:
            return None
        return (self.reminded_at or self.returned_at) + REMIND_EVERY

    def _expire(self, now: datetime) -> bool:
        """End the request if its own time is up."""
        for limit, reason in (
            (self.expires_at, "it was not decided before it expired"),
            (self.resubmit_by, f"{self.request.requester} did not send it in again in time"),
        ):
            if limit is not None and limit <= now:
                self.chain.end(ApprovalStatus.EXPIRED, LevelStatus.EXPIRED)
                self.reason = reason
                self._record(now, SYSTEM, "expire", reason)
                self._follow_up(now)
                return True
        return False

    def _overdue(self, step: Step, now: datetime) -> None:
        """Reject, escalate or remind, as the level says; of one without a time limit, remind."""
        name = step.level.name
        if step.unlimited:
            days = (now - (step.opened_at or now)).days
            self._remind(step, f"level {name} has been open for {days} days, {waiting_for(self.chain, step, now)}", now)
            return
        if step.level.on_timeout == "reject":
            self.reason = f"level {name} was not decided in time"
            self._record(now, SYSTEM, "expire", self.reason)
            self.chain.expire(step)
            self._follow_up(now)
            return
        step.overdue_at = now
        if step.level.on_timeout == "escalate":
            added = both(self.chain.escalate(step, now) or ["nobody new"])
            self._record(now, SYSTEM, "escalate", f"level {name} is overdue: added {added}")
            self.chain.settle(now)
            self._follow_up(now)
        text = f"level {name} is overdue, {waiting_for(self.chain, step, now)}"
        if step.level.on_timeout == "remind":
            self._remind(step, text, now)
        else:
            self._tell(step.level.on_timeout, text, self.waited_for(step, now))

    def _remind(self, step: Step, text: str, now: datetime) -> None:
        step.reminded_at, step.reminders = now, step.reminders + 1
        self._record(now, SYSTEM, "remind", f"reminder {step.reminders}: {text}")
        self._tell("remind", text, self.waited_for(step, now))

    def _see(self, plan: PersonPlan, now: datetime) -> None:
        """Take up whether a person is there, and note it in the trail if that is new."""
        roster, person = self.chain.roster, plan.person_id
        if not plan.known:
            if person not in roster.gone:
                roster.gone.append(person)
                self._record(now, SYSTEM, "people", f"the directory does not know {person} any more")
            return
        roster.gone = [each for each in roster.gone if each != person]
        roster.managers[person] = plan.manager
        before, until = roster.absences.get(person), plan.absent_until
        if not plan.absent or (until is not None and until <= now):
            if roster.absences.pop(person, None) is not None:
                self._record(now, SYSTEM, "people", f"{person} is back")
            return
        roster.absences[person] = Absence(until, plan.substitute)
        if roster.absences[person] != before:
            instead = f"; {plan.substitute} stands in" if plan.substitute else ""
            back = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
            self._record(now, SYSTEM, "people", f"{person} is away{back}{instead}")

    def _why_not_open(self, level: str, extend: ExtendDeadline) -> Refusal | None:
        """Return why somebody may not give a level more time."""
        if (why_not := why_not_decide(self.chain) or self.why_not_level(level, must_be_open=True)) is not None:
            return why_not
        step = self.level_named(level)
        if extend.by not in {*step.approvers, *self.may_reassign}:
            words = f"by: {extend.by} is neither an approver of level {level}{self.nor_entitled}"
            return Refusal(Refusals.NOT_ELIGIBLE, words)
        if step.due_at is None:
            return Refusal(Refusals.INVALID_REQUEST, f"level: {level} has no deadline to extend")
        return None

    def _why_not_end(self, extend: ExtendDeadline) -> Refusal | None:
        if (why_not := self.why_not_extend_end(extend.by)) is not None:
            return why_not
        if self.ends_at is None:
            return Refusal(Refusals.INVALID_REQUEST, "level: the request has no end of its own; name a level")
        return None

    def _why_not_later(self, extend: ExtendDeadline, now: datetime) -> Refusal | None:
        due_at = self.ends_at if extend.level is None else self.level_named(extend.level).due_at
        named = "the request ends" if extend.level is None else f"level {extend.level} is due"
        if extend.due_at <= now:
            return Refusal(Refusals.INVALID_REQUEST, f"due_at: {extend.due_at:%Y-%m-%d %H:%M} UTC is in the past")
        if due_at is not None and extend.due_at <= due_at:
            words = f"due_at: {named} {due_at:%Y-%m-%d %H:%M} UTC; give a later time"
            return Refusal(Refusals.INVALID_REQUEST, words)
        if extend.due_at > now + timedelta(seconds=YEAR):
            return Refusal(Refusals.INVALID_REQUEST, "due_at: it is more than a year ahead")
        return None
