"""Whether messages that waited for a digest went out once, and have an owner while they wait. Pure functions."""

from dataclasses import dataclass

from workers.books.findings import Finding, Remedies
from workers.books.runs import Run
from workflows.campaigns.client import campaign_workflow_id
from workflows.shared.counts import number_of

CAN_GO_ON = {"TERMINATED", "TIMED_OUT"}
"""A reset lets these runs go on; they are a finding of their own."""


@dataclass(frozen=True)
class Taken:
    """A held message that a digest has."""

    send_id: str
    campaign_id: str
    digest_id: str
    digest_is_known: bool
    """Whether the outbox has the digest."""
    went_alone: bool
    """Whether the outbox has the message by itself, too, and it was not refused."""


@dataclass(frozen=True)
class Waiting:
    """A campaign with messages that the next digests of their users take."""

    campaign_id: str
    count: int


def judge_taken(taken: Taken, remedies: Remedies) -> Finding | None:
    """Return what is wrong with a message that a digest has, or None."""
    mend = remedies.show(campaign_workflow_id(taken.campaign_id))
    if taken.went_alone:
        amount = f"by itself, and in {taken.digest_id}"
        return Finding("message sent twice", f"message {taken.send_id}", amount, mend)
    if not taken.digest_is_known:
        amount = f"it is in {taken.digest_id}, which the outbox does not have, so that nobody sends it"
        return Finding("message without its digest", f"message {taken.send_id}", amount, mend)
    return None


def judge_waiting(waiting: Waiting, run: Run | None, remedies: Remedies) -> Finding | None:
    """Return that nobody counts messages which digests of other campaigns may still take, or None."""
    if run is not None and (run.running or run.status in CAN_GO_ON):
        return None
    what = f"it {run.words}" if run else "it is unknown"
    held = number_of(waiting.count, "message")
    amount = f"{held} may go out in digests of others, and {what}"
    mend = remedies.mend("held", waiting.campaign_id)
    return Finding("held messages without a campaign", f"campaign {waiting.campaign_id}", amount, mend)
