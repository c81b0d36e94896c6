"""What people may do now, and what it would do: the answer of ``get_actions``."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime

from workflows.approvals.applying import planned_step
from workflows.approvals.chain.chain import Chain
from workflows.approvals.chain.step import Step
from workflows.approvals.eligibility import (
    why_not_change,
    why_not_decide,
    why_not_requester,
    why_not_vote,
)
from workflows.approvals.models import ApprovalStatus, Refusals, Vote
from workflows.approvals.review.review import Review
from workflows.approvals.updates import Retract
from workflows.approvals.wording import both, count_of, money_of, passed_words, skipped_words, some
from workflows.shared.actions import Action
from workflows.shared.refusals import Refusal
from workflows.shared.refused_signals import acknowledge_action

ADMINS = "its approver, their manager, and whom the policy entitles"


def available_actions(review: Review, person: str | None, now: datetime) -> list[Action]:
    """Return the actions for ``person``, or, without one, for whoever may take them."""
    return _Actions(review, person, now).all()


class _Actions:
    """The actions of one moment, for one person or for anybody."""

    def __init__(self, review: Review, person: str | None, now: datetime) -> None:
        self._review = review
        self._chain = review.chain
        self._person = person
        self._now = now
        self._unknown = review.why_not_settled()

    def all(self) -> list[Action]:
        review, requester = self._review, self._review.request.requester
        vote = self._if_votes(lambda person: why_not_vote(self._chain, person, self._now))
        seat = self._if_votes(lambda person: review.why_no_seat(person, self._now))
        reassign = self._if_votes(review.why_not_reassigner)
        comment = self._if_open(lambda _: None)
        attach = self._if_open(review.why_not_attacher)
        again = self._if_open(lambda person: why_not_requester(review.request, person, "send it in again"))
        withdraw = self._if_open(lambda person: why_not_requester(review.request, person))
        return [
            Action.of("approve", "Approve request", self._approve_effect, vote),
            Action.of("reject", "Reject request", self._reject_effect, vote),
            Action.of("request_changes", "Send back for changes", self._changes_effect, vote),
            Action.of(
                "retract", "Take vote back", self._retract_effect, self._why_not_retract(), undoes=["approve", "reject"]
            ),
            Action.of("delegate", "Delegate vote", "lets somebody else vote in the approver's place, too", seat),
            Action.of("ask", "Ask somebody", "asks a third person, who is told; decides nothing", vote),
            Action.of(
                "snooze",
                "Snooze request",
                "the request does not wait for the approver until then; decides nothing",
                vote,
            ),
            Action.of("reassign", "Reassign seat", f"gives a seat to somebody else; for {ADMINS}", reassign),
            Action.of("extend_deadline", "Extend deadline", self._extend_effect, self._why_not_extend()),
            Action.of("comment", "Comment on request", "adds a comment, decides nothing", comment),
            Action.of("attach", "Attach link", "adds a link to a file; votes are bound to it", attach),
            Action.of("resubmit", "Resubmit request", self._resubmit_effect, again or review.why_not_returned()),
            Action.of("withdraw", "Withdraw request", f"takes the request of {requester} back for good", withdraw),
            *self._applying(),
            *acknowledge_action(review.asking_signals),
        ]

    def _applying(self) -> list[Action]:
        """Return the actions on a step that has failed; none while there is no such step."""
        application = self._review.application
        if application is None or self._review.why_not_failed() is not None:
            return []
        settler = None if self._person is None else self._review.why_not_settler(self._person)
        effect = "notes that it was done by hand, or need not be, and ends the request"
        return [
            Action.of("retry_apply", "Try again", f"tries again, once for the request: {application.words}", None),
            Action.of("settle_apply", "Settle by hand", effect, settler),
        ]

    def _if_open(self, why_not: Callable[[str], Refusal | None]) -> Refusal | None:
        closed = self._unknown or why_not_change(self._chain)
        return closed or (None if self._person is None else why_not(self._person))

    def _if_votes(self, why_not: Callable[[str], Refusal | None]) -> Refusal | None:
        closed = self._unknown or why_not_decide(self._chain)
        return closed or (None if self._person is None else why_not(self._person))

    def _why_not_retract(self) -> Refusal | None:
        closed = self._if_votes(lambda _: None)
        if closed is not None:
            return closed
        voters = [vote.approver for vote in self._chain.votes] if self._person is None else [self._person]
        if not voters:
            return Refusal(Refusals.NOT_ELIGIBLE, "nobody has voted on this version")
        refusals = [self._review.why_not_retract(Retract(approver=voter)) for voter in voters]
        return None if None in refusals else refusals[0]

    def _why_not_extend(self) -> Refusal | None:
        closed = self._if_open(self._review.why_not_admin)
        if closed is not None:
            return closed
        late = [step for step in self._chain.open_steps if step.due_at]
        if self._review.ends_at is not None:
            why_not = None if self._person is None else self._review.why_not_extend_end(self._person)
            if why_not is None or not late:
                return why_not
        if not late:
            return Refusal(Refusals.INVALID_REQUEST, "no open level has a deadline")
        may = [self._person in {None, *step.approvers, *self._review.may_reassign} for step in late]
        words = f"{self._person} is not an approver of a level that has a deadline{self._review.nor_entitled}"
        return None if any(may) else Refusal(Refusals.NOT_ELIGIBLE, words)

    def _approve_effect(self) -> str:
        person, now = self._person, self._now
        seats = self._chain.seats_of(person, now) if person is not None else []
        step = seats[0][0] if seats else self._chain.open_steps[0]
        behalf = f" for {seats[0][1]}" if seats and seats[0][1] != person else ""
        if step.missing > 1:
            return f"counts{behalf} as approval {step.approvals + 1} of {step.needed} on level {step.level.name}"
        if person is None or not seats:
            return self._passes(step, "", self._chain, [])
        index = self._chain.steps.index(step)
        future = deepcopy(self._chain)
        future.take_events()
        vote = Vote(approver=person, decision="approve", at=now, on_behalf_of=None if not behalf else seats[0][1])
        future.cast(future.steps[index], vote)
        events = future.take_events()
        after = [each.step for each in events if each.kind == "open"]
        skipped = [_skipped(each.step) for each in events if each.kind == "skip"]
        return self._passes(step, behalf, future, after) + "".join(f"; {words}" for words in skipped)

    def _passes(self, step: Step, behalf: str, future: Chain, opened: list[Step]) -> str:
        """Return what passing a level does; without a voter ``future`` is the chain as it is."""
        open_beside = [each for each in self._chain.open_steps if each is not step]
        if future is self._chain and not open_beside:
            opened = self._chain.next_steps
        ends = not opened and (not open_beside if future is self._chain else future.status == ApprovalStatus.APPROVED)
        if ends:
            money = money_of(self._review.request)
            step_of_it = planned_step(self._review.request)
            then = f"; then {step_of_it.words}" if step_of_it.name else ""
            return f"approves the request{f' of {money}' if money else ''}{behalf}{then}"
        start = f"passes level {step.level.name}{behalf}"
        if opened:
            return f"{start}, opens {both([self._opens(each, future) for each in opened])}"
        return f"{start}; level {both([each.level.name for each in open_beside])} is still open"

    def _opens(self, step: Step, chain: Chain) -> str:
        return f"{step.level.name} ({some(step.missing, chain.pending(step, self._now))})"

    def _reject_effect(self) -> str:
        seats = self._chain.seats_of(self._person, self._now) if self._person is not None else []
        step = seats[0][0] if seats else self._chain.open_steps[0]
        rejects = step.count("reject")
        if rejects + 1 < step.rejects_needed:
            return f"counts as reject {rejects + 1} of {step.rejects_needed} on level {step.level.name}"
        return f"rejects the whole request on level {step.level.name}, for good"

    def _changes_effect(self) -> str:
        votes = count_of(len(self._chain.votes), "vote")
        fall = f"; {votes} on version {self._review.version} will not count" if self._chain.votes else ""
        return f"sends the request back to {self._review.request.requester}{fall}"

    def _retract_effect(self) -> str:
        return (
            "takes an approver's vote back; its level is still open" if self._person is None else "takes your vote back"
        )

    def _resubmit_effect(self) -> str:
        return f"sends in version {self._review.version + 1}; all levels decide anew"

    def _extend_effect(self) -> str:
        late = [f"level {step.level.name}" for step in self._chain.open_steps if step.due_at]
        late += [] if self._review.ends_at is None else ["the request"]
        return f"gives {both(late)} more time; for its approvers, and whom the policy entitles"


def _skipped(step: Step) -> str:
    if step.carried:
        return passed_words(step.level.name, step.carried)
    return skipped_words(step.level.name, step.barred)
