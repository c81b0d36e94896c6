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
from workflows.approvals.audit import verify
from workflows.approvals.level_models import Level, LevelRule
from workflows.approvals.models import AddComment, ApprovalState, Approve, Refusals, Reject, Withdraw
from workflows.approvals.views import available_actions, state_of, trail_of

T = TypeVar("T")
IDS = [person_id for person_id, *_ in PEOPLE]
people = st.sampled_from([*IDS, "zed"])
named = st.lists(st.sampled_from([*IDS, "group:hr", "group:directors"]), min_size=1, max_size=4)
reasons = st.sampled_from(["", "  ", "no", "too dear"])


@st.composite
def levels(draw: st.DrawFn) -> Level:
    kind = draw(st.sampled_from(["any", "all", "quorum"]))
    count = draw(st.integers(1, 3)) if kind == "quorum" else None
    return Level(
        name=draw(st.sampled_from(["team", "hr", "board"])),
        approvers=draw(named),
        rule=LevelRule.model_validate({"kind": kind, "count": count}),
        due_seconds=draw(st.none() | st.integers(1, 1000)),
        on_timeout=draw(st.sampled_from(["remind", "escalate", "reject"])),
        escalate_to=draw(named),
    )


class Requests(RuleBasedStateMachine):
    """One request, and everybody trying everything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.review = under_review()
        self.ended: ApprovalState | None = None

    @initialize(requester=st.sampled_from(IDS), chain=st.none() | st.lists(levels(), min_size=1, max_size=3))
    def start(self, requester: str, chain: list[Level] | None) -> None:
        """Ask for something, under the policy or with levels of its own."""
        fields = {"requester": requester, "levels": chain, "amount": 100_000, "currency": "USD", "kind": "expense"}
        review, refused = _outcome(lambda: under_review(**fields))
        assert refused is None or refused.type == Refusals.INVALID_REQUEST
        assume(review is not None)
        assert review is not None
        self.review = review
        self.asked = [step.level.approvers for step in review.chain.steps]

    @rule(person=people, version=st.sampled_from([None, 1, 2]), behalf=st.none() | people)
    def approve(self, person: str, version: int | None, behalf: str | None) -> None:
        """Approve with whatever fields."""
        ballot = Approve(approver=person, version=version, on_behalf_of=behalf)
        self._try(lambda: self.review.approve(ballot, self.now))

    @rule(person=people)
    def simply_approve(self, person: str) -> None:
        """Approve plainly, so that chains get to their end."""
        self._try(lambda: self.review.approve(Approve(approver=person), self.now))

    @rule(person=people, reason=reasons)
    def reject(self, person: str, reason: str) -> None:
        """Reject, with or without a reason."""
        self._try(lambda: self.review.reject(Reject(approver=person, reason=reason), self.now))

    @rule(person=people, reason=reasons)
    def withdraw(self, person: str, reason: str) -> None:
        """Take it back, or try to."""
        self._try(lambda: self.review.withdraw(Withdraw(requester=person, reason=reason), self.now))

    @rule(person=people)
    def comment(self, person: str) -> None:
        """Say something."""
        self._try(lambda: self.review.comment(AddComment(author=person, text="hm"), self.now))

    @precondition(lambda self: self.review.wake_at is not None)
    @rule()
    def let_time_pass(self) -> None:
        """Go to the next moment at which a time limit asks for something."""
        wake_at = self.review.wake_at
        assert wake_at is not None
        assert wake_at >= self.now, "a time limit lies ahead, or the workflow would spin"
        self.now = wake_at
        self.review.overdue(self.now)
        assert self.review.wake_at != wake_at

    @invariant()
    def rules_hold(self) -> None:
        """Check what must hold at every moment."""
        state = state_of(self.review, "off")
        check_invariants(state, self.asked)
        assert verify(trail_of(self.review))
        if self.ended:
            assert state == self.ended, "what is decided stays decided"
        elif state.status in FINAL:
            self.ended = state

    @invariant()
    def actions_tell_the_truth(self) -> None:
        """Check that approving is offered to those, and only those, who may."""
        for person in IDS:
            offered = {action.name: action.enabled for action in available_actions(self.review, person)}
            assert offered["approve"] == (self.review.why_not_vote(Approve(approver=person)) is None)

    def _try(self, change: Callable[[], None]) -> None:
        """Try something at a later moment; if it is refused, nothing may have changed."""
        self.now += timedelta(milliseconds=1)
        before = state_of(self.review, "off"), trail_of(self.review)
        _, refused = _outcome(change)
        if refused:
            assert refused.type in set(Refusals)
            assert refused.message
            assert (state_of(self.review, "off"), trail_of(self.review)) == before
        else:
            assert len(self.review.trail) > len(before[1].entries)


def _outcome(change: Callable[[], T]) -> tuple[T | None, ApplicationError | None]:
    """Return what ``change`` returned, or how it was refused."""
    try:
        return change(), None
    except ApplicationError as error:
        return None, error


TestRequests = Requests.TestCase
TestRequests.settings = settings(examples(60, far=20_000, shrinks=True), stateful_step_count=25)
