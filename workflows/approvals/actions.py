"""What people may do to a request now, and what it would do: the answer of ``get_actions``."""

from collections.abc import Callable

from workflows.approvals.chain import Chain
from workflows.approvals.eligibility import why_not_change, why_not_decide, why_not_requester, why_not_vote
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.review import Review
from workflows.approvals.wording import money_of, some
from workflows.shared.actions import Action
from workflows.shared.refusals import Refusal

LABELS = {"approve": "Approve", "reject": "Reject", "comment": "Comment", "withdraw": "Withdraw"}


def available_actions(review: Review, person: str | None) -> list[Action]:
    """Return the actions for ``person``, or, without one, for whoever may take them."""
    request, chain = review.request, review.chain
    if chain is None:
        reason = review.refused or "its levels are not known yet"
        return [Action.illegal(name, label, reason) for name, label in LABELS.items()]
    vote, change = why_not_decide(chain), why_not_change(chain)
    withdraw = change
    if person is not None:
        vote = why_not_vote(request, chain, person)
        withdraw = change or why_not_requester(request, person)
    return [
        _action("approve", lambda: _approve_effect(request, chain), vote),
        _action("reject", lambda: _reject_effect(chain), vote),
        _action("comment", lambda: "adds a comment, decides nothing", change),
        _action("withdraw", lambda: f"takes the request of {request.requester} back for good", withdraw),
    ]


def _action(name: str, effect: Callable[[], str], why_not: Refusal | None) -> Action:
    return Action.of(name, LABELS[name], effect, why_not and why_not.words)


def _approve_effect(request: ApprovalRequest, chain: Chain) -> str:
    step, after = chain.open_step, chain.next_step
    if step is None:
        return ""
    if step.missing > 1:
        return f"counts as approval {step.approvals + 1} of {step.level.needed} on level {step.level.name}"
    if after is not None:
        return f"passes level {step.level.name}, opens {after.level.name} ({some(after.missing, after.pending)})"
    money = money_of(request)
    return f"approves the request of {money}" if money else "approves the request"


def _reject_effect(chain: Chain) -> str:
    step = chain.open_step
    return f"rejects the whole request on level {step.level.name}, for good" if step else ""
