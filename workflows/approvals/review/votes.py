"""Votes: approve, reject, and taking one's vote back."""

from datetime import datetime

from workflows.approvals.chain.step import Step
from workflows.approvals.eligibility import seat_for, why_not_decide, why_not_reason, why_not_seat
from workflows.approvals.models import Decision, Refusals, Vote
from workflows.approvals.review.content import ReviewContent
from workflows.approvals.slack.models import SLACK
from workflows.approvals.updates import Approve, Reject, Retract
from workflows.approvals.wording import both
from workflows.shared.refusals import Refusal, refuse


class Votes(ReviewContent):
    """Decisions of the approvers."""

    def why_not_vote(self, ballot: Approve | Reject, now: datetime) -> Refusal | None:
        """Return why the vote may not be counted now."""
        return self._why_not_on(seat_for(self.chain, ballot, now), ballot, now)

    def _why_not_on(self, seat: tuple[Step, str] | None, ballot: Approve | Reject, now: datetime) -> Refusal | None:
        """Return the same for the seat that was found for the vote."""
        return (
            self.why_not_settled()
            or why_not_decide(self.chain)
            or (why_not_reason(ballot.reason) if isinstance(ballot, Reject) else None)
            or self.why_not_current(ballot.version, ballot.content_hash)
            or (why_not_seat(self.chain, ballot, now) if seat is None else self._why_not_there(seat[0], ballot))
            or self.why_no_room(_words(ballot) or "")
        )

    def approve(self, ballot: Approve, now: datetime) -> None:
        """Count an approval."""
        self._vote(ballot, "approve", now, f"approved, last by {ballot.approver}")

    def reject(self, ballot: Reject, now: datetime) -> None:
        """Count a rejection, which may end the request."""
        reason = ballot.reason.strip()
        self._vote(ballot, "reject", now, f"rejected by {ballot.approver}: {reason}")

    def why_not_retract(self, retract: Retract) -> Refusal | None:
        """Return why the vote may not be taken back now."""
        return (
            self.why_not_settled()
            or why_not_decide(self.chain)
            or self._why_not_free(retract.approver)
            or self.why_no_move(retract.reason or "")
        )

    def retract(self, retract: Retract, now: datetime) -> None:
        """Take a vote back."""
        refuse(self.why_not_retract(retract))
        step, vote = next(each for each in self._votes() if each[1].approver == retract.approver)
        self.moves += 1
        self._record(now, retract.approver, "retract", detail(step, retract.reason, vote=vote))
        self.chain.retract(step, vote, now)
        self._follow_up(now)

    def _vote(self, ballot: Approve | Reject, decision: Decision, now: datetime, how: str) -> None:
        found = seat_for(self.chain, ballot, now)
        refuse(self._why_not_on(found, ballot, now))
        if found is None:
            raise RuntimeError("a vote without a seat was not refused")
        step, seat = found
        vote = Vote(
            approver=ballot.approver,
            decision=decision,
            at=now,
            comment=_words(ballot),
            on_behalf_of=None if seat == ballot.approver else seat,
            channel=ballot.channel,
            content_hash=self.content_hash,
        )
        self._record(now, ballot.approver, decision, detail(step, vote.comment, vote=vote, channel=ballot.channel))
        self.chain.cast(step, vote)
        if decision == "reject" and not self.is_open:
            self.reason = vote.comment
        self._follow_up(now, how)

    @staticmethod
    def _why_not_there(step: Step, ballot: Approve | Reject) -> Refusal | None:
        """Return why a vote from Slack does not count on a level that the console alone decides."""
        if ballot.channel != SLACK or not step.level.console_only:
            return None
        words = f"channel: level {step.level.name} is decided in the console only"
        return Refusal(Refusals.NOT_ELIGIBLE, words)

    def _votes(self) -> list[tuple[Step, Vote]]:
        return [(step, vote) for step in self.chain.steps for vote in step.votes]

    def _why_not_free(self, person: str) -> Refusal | None:
        """Return why the vote of a person may not be taken back."""
        vote = next((vote for _, vote in self._votes() if vote.approver == person), None)
        if vote is None:
            return Refusal(Refusals.NOT_ELIGIBLE, f"{person} has no vote on version {self.version} to take back")
        step = self.chain.followed(vote)
        if step is None:
            return None
        what = f"has more approvers ({both(step.escalated)})" if step.is_open else f"is {step.status}"
        words = f"the vote of {person} stands: level {step.level.name} {what} because of it"
        return Refusal(Refusals.ALREADY_DECIDED, words)


def detail(step: Step, words: str | None, *, vote: Vote, channel: str | None = None) -> str:
    """Return a vote for the trail: its level, for whom and through what it was, and its words."""
    behalf = f" for {vote.on_behalf_of}" if vote.on_behalf_of else ""
    where = f" through {channel}" if channel else ""
    start = f"level {step.level.name}{behalf}{where}"
    return f"{start}: {words}" if words else start


def _words(ballot: Approve | Reject) -> str | None:
    return ballot.comment if isinstance(ballot, Approve) else ballot.reason.strip()
