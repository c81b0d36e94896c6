"""Who decides in whose place: delegating, reassigning, and putting it off."""

from datetime import datetime, timedelta

from workflows.approvals.chain.roster import Delegation
from workflows.approvals.chain.step import CLOSED, Step
from workflows.approvals.eligibility import why_not_decide, why_not_reason, why_not_vote
from workflows.approvals.models import LevelStatus, Refusals
from workflows.approvals.review.base import ReviewBase
from workflows.approvals.updates import Delegate, Reassign, Snooze
from workflows.approvals.wording import both, some
from workflows.shared.refusals import Refusal, refuse

MAX_SNOOZE = timedelta(days=30)


class People(ReviewBase):
    """Seats that change hands."""

    def why_not_delegate(self, delegate: Delegate, now: datetime) -> Refusal | None:
        """Return why the delegation may not be made now; the directory must be asked for the delegate apart."""
        return (
            self.why_not_settled()
            or why_not_decide(self.chain)
            or self.why_no_seat(delegate.approver, now)
            or self._why_not_to(delegate, now)
            or self._why_not_until(delegate.until, now)
            or self.why_no_move(delegate.reason or "")
        )

    def delegate(self, delegate: Delegate, now: datetime) -> None:
        """Let somebody else vote, too, on the seats of an approver."""
        refuse(self.why_not_delegate(delegate, now))
        self.moves += 1
        approver, to, until = delegate.approver, delegate.to, delegate.until
        self.chain.roster.delegate(Delegation(approver, to, now, until, delegate.reason))
        ends = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        reason = f": {delegate.reason}" if delegate.reason else ""
        self._record(now, approver, "delegate", f"{to} may vote for {approver}{ends}{reason}")
        self._tell("delegate", f"{approver} lets you vote in their place{ends}{reason}", [to])
        self.chain.settle(now)
        self._follow_up(now)

    def why_not_reassign(self, reassign: Reassign) -> Refusal | None:
        """Return why the seat may not change hands now. A manager may give it away, if the directory still says so."""
        return (
            self.why_not_settled()
            or why_not_decide(self.chain)
            or why_not_reason(reassign.reason)
            or self.why_not_admin(reassign.by)
            or self.why_not_level(reassign.level)
            or self._why_not_seat(reassign)
            or self._why_not_giver(reassign)
            or self._why_not_in_place(reassign.add, "add")
            or self._why_needed(reassign.add, "add", besides=[self.level_named(reassign.level)])
            or self.why_no_move(reassign.reason)
        )

    def reassign(self, reassign: Reassign, now: datetime) -> None:
        """Give a seat to another person."""
        refuse(self.why_not_reassign(reassign))
        self.moves += 1
        step = self.level_named(reassign.level)
        reason = reassign.reason.strip()
        words = f"level {step.level.name}: {reassign.add} instead of {reassign.remove}: {reason}"
        self._record(now, reassign.by, "reassign", words)
        step.replace(reassign.remove, reassign.add)
        if step.is_open:
            self._tell("reassign", words, [reassign.add, reassign.remove])
        self.chain.settle(now)
        self._follow_up(now)

    def why_not_snooze(self, snooze: Snooze, now: datetime) -> Refusal | None:
        """Return why a person may not put it off now."""
        return (
            self.why_not_settled()
            or why_not_vote(self.chain, snooze.approver, now)
            or self._why_not_until(snooze.until, now, MAX_SNOOZE)
            or self.why_no_move()
        )

    def snooze(self, snooze: Snooze, now: datetime) -> None:
        """Wait for a person no longer until then; they may still vote."""
        refuse(self.why_not_snooze(snooze, now))
        self.moves += 1
        self.chain.roster.snoozed[snooze.approver] = snooze.until
        self._record(now, snooze.approver, "snooze", f"until {snooze.until:%Y-%m-%d %H:%M} UTC")

    def level_named(self, name: str) -> Step:
        """Return the level of a name, one that is not decided if there are several; see :meth:`why_not_level`."""
        steps = [step for step in self.chain.steps if step.level.name == name]
        return next((step for step in steps if step.status not in CLOSED), steps[0])

    def why_not_level(self, name: str, *, must_be_open: bool = False) -> Refusal | None:
        """Return why the level of a name takes no changes."""
        names = [step.level.name for step in self.chain.steps]
        if name not in names:
            words = f"level: there is no level {name}; there is {both(list(dict.fromkeys(names)))}"
            return Refusal(Refusals.INVALID_REQUEST, words)
        step = self.level_named(name)
        if step.status in CLOSED:
            return Refusal(Refusals.ALREADY_DECIDED, f"level {name} is {step.status} already")
        if must_be_open and step.status == LevelStatus.NOT_OPEN:
            return Refusal(Refusals.INVALID_REQUEST, f"level: {name} is not open yet, so that it has no deadline")
        return None

    def may_give_away(self, reassign: Reassign) -> bool:
        """Return whether a seat is one's own, or the policy lets one reassign any; else only its manager may."""
        return reassign.by in {reassign.remove, *self.may_reassign}

    def why_not_reassigner(self, person: str) -> Refusal | None:
        """Return why a person may give no seat away, whichever it is."""
        if (refusal := self.why_not_admin(person)) is not None or person in self.may_reassign:
            return refusal
        seats = list(dict.fromkeys(seat for step in self.chain.steps for seat in step.open_seats))
        managers = self.chain.roster.managers
        if any(person in (seat, managers.get(seat, person)) for seat in seats):
            return None
        words = f"{person} is neither {some(1, seats)}, nor the manager of one of them{self.nor_entitled}"
        return Refusal(Refusals.NOT_ELIGIBLE, words)

    def why_not_manager(self, reassign: Reassign, manager: str | None) -> Refusal | None:
        """Return why somebody may not give away the seat of a person who has that ``manager``."""
        if reassign.by == manager:
            return None
        words = f"by: {reassign.by} is neither {reassign.remove}, nor their manager{self.nor_entitled}"
        return Refusal(Refusals.NOT_ELIGIBLE, words)

    @property
    def nor_entitled(self) -> str:
        """Whom the policy entitles to reassign seats and extend deadlines, as the end of a refusal."""
        return f", nor {some(1, self.may_reassign)}" if self.may_reassign else ""

    def why_not_admin(self, by: str) -> Refusal | None:
        """Return why somebody has no say in who decides, and when, whatever their role."""
        if by != self.request.requester:
            return None
        return Refusal(Refusals.SELF_APPROVAL, f"by: {by} made this request and has no say in who decides it, or when")

    def why_no_seat(self, approver: str, now: datetime) -> Refusal | None:
        """Return why somebody has no seat of their own to delegate."""
        if any(approver in step.open_seats for step in self.chain.steps) and approver not in self.chain.used:
            return None
        words = f"{approver} has no seat of their own that waits for a vote"
        return why_not_vote(self.chain, approver, now) or Refusal(Refusals.NOT_ELIGIBLE, words)

    def _why_not_to(self, delegate: Delegate, now: datetime) -> Refusal | None:
        approver, to = delegate.approver, delegate.to
        if to == approver:
            return Refusal(Refusals.INVALID_REQUEST, f"to: {to} has that vote already; name somebody else")
        cycle = self.chain.roster.leads_to(to, approver, now)
        if cycle:
            words = f"to: {' delegates to '.join([*cycle, to])}, which is a cycle; name somebody else"
            return Refusal(Refusals.INVALID_REQUEST, words)
        seats = [step for step in self.chain.steps if approver in step.open_seats]
        return self._why_not_in_place(to, "to") or self._why_needed(to, "to", besides=seats)

    def _why_not_in_place(self, person: str, field: str) -> Refusal | None:
        """Return why a person may not decide in the place of an approver."""
        if person == self.request.requester:
            words = f"{field}: {person} made this request and cannot decide it, for nobody"
            return Refusal(Refusals.SELF_APPROVAL, words)
        if person in self.chain.used:
            words = f"{field}: {person} has no vote left on version {self.version}; name somebody else"
            return Refusal(Refusals.NOT_ELIGIBLE, words)
        if person in self.chain.roster.gone:
            return Refusal(Refusals.NOT_ELIGIBLE, f"{field}: the directory does not know {person}")
        return None

    def _why_needed(self, person: str, field: str, *, besides: list[Step]) -> Refusal | None:
        """Return why a person must keep their one vote: another level has too few others."""
        for step in self.chain.steps:
            others = [each for each in step.others if each != person]
            few = not others or (step.level.rule.kind != "all" and len(others) < step.wanted)
            if few and person in step.open_seats and step not in besides:
                words = f"{field}: {person} has one vote, and level {step.level.name} needs it; name somebody else"
                return Refusal(Refusals.NOT_ELIGIBLE, words)
        return None

    def _why_not_seat(self, reassign: Reassign) -> Refusal | None:
        step = self.level_named(reassign.level)
        if reassign.remove not in step.open_seats:
            words = f"remove: {reassign.remove} has no seat on level {reassign.level} that waits for a vote"
            return Refusal(Refusals.INVALID_REQUEST, words)
        if reassign.add in {*step.level.approvers, *step.approvers}:
            words = f"add: {reassign.add} is an approver of level {reassign.level} already"
            return Refusal(Refusals.INVALID_REQUEST, words)
        return None

    def _why_not_giver(self, reassign: Reassign) -> Refusal | None:
        managers = self.chain.roster.managers
        if self.may_give_away(reassign) or reassign.remove not in managers:
            return None
        return self.why_not_manager(reassign, managers[reassign.remove])

    def _why_not_until(self, until: datetime | None, now: datetime, limit: timedelta | None = None) -> Refusal | None:
        if until is not None and until <= now:
            return Refusal(Refusals.INVALID_REQUEST, f"until: {until:%Y-%m-%d %H:%M} UTC is in the past")
        if until is not None and limit is not None and until > now + limit:
            return Refusal(Refusals.INVALID_REQUEST, f"until: it is more than {limit.days} days ahead")
        return None
