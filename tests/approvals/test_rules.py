"""The rules hold whatever anybody tries, in any order: hypothesis looks for an order in which they do not."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from temporalio.exceptions import ApplicationError

from tests.approvals.invariants import FINAL, check_invariants
from tests.support.approvals import NOW, under_review
from tests.support.profiles import examples
from workers.store.sample import PEOPLE
from workflows.approvals.actions import available_actions
from workflows.approvals.audit import verify
from workflows.approvals.level_models import Level, LevelPlan, LevelRule, PersonPlan
from workflows.approvals.models import ApprovalState, ApprovalStatus, LevelState, LevelStatus, Refusals
from workflows.approvals.record import record_of, restore
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
    Snooze,
    Withdraw,
)
from workflows.approvals.views import state_of, trail_of

T = TypeVar("T")
IDS = [person_id for person_id, *_ in PEOPLE]
people = st.sampled_from([*IDS, "zed"])
named = st.lists(st.sampled_from([*IDS, "group:hr", "group:directors"]), min_size=1, max_size=4)
names = st.sampled_from(["team", "hr", "board"])
reasons = st.sampled_from(["", "  ", "no", "too dear"])
waits = st.none() | st.integers(-5, 500).map(lambda seconds: timedelta(seconds=seconds))
CLOSED = {LevelStatus.APPROVED, LevelStatus.REJECTED, LevelStatus.EXPIRED, LevelStatus.CLOSED}


@st.composite
def rules(draw: st.DrawFn) -> LevelRule:
    kind = draw(st.sampled_from(["any", "all", "quorum"]))
    size = draw(st.sampled_from([{"count": 1}, {"count": 2}, {"percent": 50}, {"percent": 100}]))
    return LevelRule.model_validate({"kind": kind} | (size if kind == "quorum" else {}))


@st.composite
def levels(draw: st.DrawFn) -> Level:
    return Level(
        name=draw(names),
        approvers=draw(named),
        rule=draw(rules()),
        rejection=draw(st.just(LevelRule()) | rules()),
        parallel=draw(st.booleans()),
        due_seconds=draw(st.none() | st.integers(1, 1000)),
        on_timeout=draw(st.sampled_from(["remind", "escalate", "reject"])),
        escalate_to=draw(named),
        fallback=draw(st.just([]) | named),
        same_person=draw(st.sampled_from(["others", "skip"])),
    )


@st.composite
def chains(draw: st.DrawFn) -> list[Level]:
    first, *rest = draw(st.lists(levels(), min_size=1, max_size=4))
    return [first.model_copy(update={"parallel": False}), *rest]


class Requests(RuleBasedStateMachine):
    """One request, and everybody trying everything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.review = under_review()
        self.ended: ApprovalState | None = None

    @initialize(requester=st.sampled_from(IDS), chain=st.none() | chains(), expires=st.none() | st.integers(50, 5000))
    def start(self, requester: str, chain: list[Level] | None, expires: int | None) -> None:
        """Ask for something, under the policy or with levels of its own."""
        expires_at = NOW + timedelta(seconds=expires) if expires else None
        fields = {"requester": requester, "levels": chain, "amount": 100_000, "currency": "USD", "kind": "expense"}
        review, refused = _outcome(lambda: under_review(**fields, expires_at=expires_at))
        assert refused is None or refused.type == Refusals.INVALID_REQUEST
        assume(review is not None)
        assert review is not None
        self.review = review

    @property
    def state(self) -> ApprovalState:
        """The state now."""
        return state_of(self.review, "off", self.now)

    @rule(
        person=people,
        version=st.sampled_from([None, 1, 2]),
        behalf=st.none() | people,
        level=st.none() | names,
        stale=st.booleans(),
    )
    def approve(self, person: str, version: int | None, behalf: str | None, level: str | None, *, stale: bool) -> None:
        """Approve with whatever fields."""
        shown = "0" * 64 if stale else self.review.content_hash
        self._vote(Approve(approver=person, version=version, on_behalf_of=behalf, level=level, content_hash=shown))

    @rule(person=people)
    def simply_approve(self, person: str) -> None:
        """Approve plainly, so that chains get to their end."""
        self._vote(Approve(approver=person))

    @rule(person=people, reason=reasons)
    def reject(self, person: str, reason: str) -> None:
        """Reject, with or without a reason."""
        self._vote(Reject(approver=person, reason=reason))

    @rule(person=people)
    def retract(self, person: str) -> None:
        """Take a vote back."""
        self._try(lambda: self.review.retract(Retract(approver=person), self.now))

    @rule(person=people, to=people, wait=waits)
    def delegate(self, person: str, to: str, wait: timedelta | None) -> None:
        """Let somebody else vote."""
        until = self.now + wait if wait is not None else None
        self._try(lambda: self.review.delegate(Delegate(approver=person, to=to, until=until), self.now))

    @rule(level=names, remove=people, add=people, by=people)
    def reassign(self, level: str, remove: str, add: str, by: str) -> None:
        """Give a seat away; the workflow has asked the directory whether ``by`` may."""
        reassign = Reassign(level=level, remove=remove, add=add, by=by, reason="ill")
        self._try(lambda: self.review.reassign(reassign, self.now))

    @rule(person=people, reason=reasons)
    def request_changes(self, person: str, reason: str) -> None:
        """Send it back."""
        self._try(lambda: self.review.request_changes(RequestChanges(approver=person, reason=reason), self.now))

    @precondition(lambda self: self.review.status == ApprovalStatus.CHANGES_REQUESTED)
    @rule(person=people, amount=st.none() | st.integers(0, 10))
    def resubmit(self, person: str, amount: int | None) -> None:
        """Send it in again."""
        resubmit = Resubmit(requester=person, amount=amount, note="now")
        before = self.state.versions
        if self._try(lambda: self.review.resubmit(resubmit, None, self.now)):
            assert [each.votes for each in self.state.versions] == [each.votes for each in before]
            assert not self.review.chain.votes, "the votes on the version before have fallen"

    @rule(person=people, reason=reasons)
    def withdraw(self, person: str, reason: str) -> None:
        """Take it back, or try to."""
        self._try(lambda: self.review.withdraw(Withdraw(requester=person, reason=reason), self.now))

    @rule(person=people, of=people)
    def talk(self, person: str, of: str) -> None:
        """Say, ask and attach something."""
        url, sha256 = f"https://files.example.com/{of}.pdf", "a" * 64
        self._try(lambda: self.review.comment(AddComment(author=person, text="hm"), self.now))
        self._try(lambda: self.review.ask(Ask(approver=person, of=of, question="why?"), self.now))
        self._try(lambda: self.review.attach(Attach(author=person, name=of, url=url, sha256=sha256), self.now))

    @rule(person=people, level=names, wait=waits)
    def put_off(self, person: str, level: str, wait: timedelta | None) -> None:
        """Snooze, and give a level and the request more time."""
        until = self.now + (wait or timedelta(hours=1))
        extend = ExtendDeadline(level=level, due_at=until, by=person, reason="holidays")
        self._try(lambda: self.review.snooze(Snooze(approver=person, until=until), self.now))
        self._try(lambda: self.review.extend_deadline(extend, self.now))
        whole = extend.model_copy(update={"level": None})
        self._try(lambda: self.review.extend_deadline(whole, self.now))

    @precondition(lambda self: self.review.chain.open_steps)
    @rule(person=people, known=st.booleans(), away=st.booleans(), wait=waits, substitute=st.none() | people)
    def see_the_directory(
        self, person: str, wait: timedelta | None, substitute: str | None, *, known: bool, away: bool
    ) -> None:
        """Find somebody away or gone, or there again."""
        until = self.now + wait if wait is not None else None
        plan = LevelPlan(
            people=[PersonPlan(person_id=person, known=known, absent=away, absent_until=until, substitute=substitute)],
            due_at=self.now + timedelta(seconds=100),
        )
        self.review.plan(self.review.chain.open_steps[0], plan, self.now)

    @precondition(lambda self: self.review.wake_at is not None)
    @rule()
    def let_time_pass(self) -> None:
        """Go to the next moment at which a time limit asks for something."""
        wake_at = self.review.wake_at
        assert wake_at is not None
        assert wake_at >= self.now, "a time limit lies ahead, or the workflow would spin"
        self.now = wake_at
        self.review.tick(self.now)
        assert self.review.wake_at != wake_at

    @rule()
    def lose_the_worker(self) -> None:
        """Continue from the record."""
        before = self.state
        record = record_of(self.review, chain="run", request_hash="0")
        self.review = Review(self.review.request, NOW)
        restore(self.review, record)
        assert self.state == before

    @invariant()
    def rules_hold(self) -> None:
        """Check what must hold at every moment."""
        state = self.state
        check_invariants(state)
        assert verify(trail_of(self.review))
        if self.ended:
            assert state == self.ended, "what is decided stays decided"
        elif state.status in FINAL:
            self.ended = state

    @invariant()
    def actions_tell_the_truth(self) -> None:
        """Check that approving is offered to those, and only those, who may."""
        waited_for = {person for level in self.state.levels if level.status == "OPEN" for person in level.pending}
        for person in IDS:
            offered = {action.name: action.enabled for action in available_actions(self.review, person, self.now)}
            assert offered["approve"] == (self.review.why_not_vote(Approve(approver=person), self.now) is None)
            assert offered["approve"] == (person in waited_for)

    def _vote(self, ballot: Approve | Reject) -> None:
        """Vote; a vote that counts is by somebody who was waited for, on what they were shown."""
        before, shown, votes = self.state, self.review.content_hash, len(self.review.chain.votes)
        change = self.review.approve if isinstance(ballot, Approve) else self.review.reject
        if not self._try(lambda: change(ballot, self.now)):  # type: ignore[arg-type]  # the one that takes this ballot
            return
        assert before.status == ApprovalStatus.IN_REVIEW
        assert len(self.review.chain.votes) == votes + 1
        (index,) = (
            index
            for index, (old, new) in enumerate(zip(before.levels, self.state.levels, strict=True))
            if len(new.votes) > len(old.votes)
        )
        old, vote = before.levels[index], self.state.levels[index].votes[-1]
        assert old.status == LevelStatus.OPEN
        assert ballot.approver in old.pending
        assert vote.content_hash == shown
        seat = vote.on_behalf_of or vote.approver
        assert seat == ballot.approver or (ballot.approver, seat) in {(each.person, each.of) for each in old.stand_ins}

    def _try(self, change: Callable[[], None]) -> bool:
        """Try something at a later moment; if it is refused, nothing may have changed. Return whether it was done."""
        self.now += timedelta(milliseconds=1)
        wake_at = self.review.wake_at
        if wake_at is not None and wake_at <= self.now:
            self.review.tick(self.now)
        before = self.state, trail_of(self.review)
        _, refused = _outcome(change)
        if refused:
            assert refused.type in set(Refusals)
            assert refused.message
            assert (self.state, trail_of(self.review)) == before
        else:
            assert len(self.review.trail) > len(before[1].entries)
            if self.state.version == before[0].version and self.review.status != ApprovalStatus.CHANGES_REQUESTED:
                _check_decided_once(before[0].levels, self.state.levels)
        return refused is None


def _check_decided_once(before: list[LevelState], after: list[LevelState]) -> None:
    for old, new in zip(before, after, strict=True):
        if old.status in CLOSED:
            assert (new.status, new.votes) == (old.status, old.votes), "a level is decided exactly once"


def _outcome(change: Callable[[], T]) -> tuple[T | None, ApplicationError | None]:
    """Return what ``change`` returned, or how it was refused."""
    try:
        return change(), None
    except ApplicationError as error:
        return None, error


TestRequests = Requests.TestCase
TestRequests.settings = settings(examples(60, far=20_000, shrinks=True), stateful_step_count=25)
