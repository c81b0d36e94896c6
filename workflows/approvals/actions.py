"""What people may do to a request now, and what it would do: the answer of ``get_actions``."""

from collections.abc import Callable
from functools import partial

from temporalio.exceptions import ApplicationError

from workflows.approvals.chain import Chain
from workflows.approvals.eligibility import check_may_vote, check_requester, check_running, check_undecided
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.review import Review
from workflows.approvals.wording import money_of, some
from workflows.shared.actions import Action


def available_actions(review: Review, person: str | None) -> list[Action]:
    """Return the actions for ``person``, or, without one, for whoever may take them."""
    request, chain = review.request, review.chain
    if chain is None:
        reason = review.refused or "its levels are not known yet"
        return [Action.illegal(name, label, reason) for name, label in LABELS.items()]
    running = partial(check_running, chain)
    may_vote = partial(check_undecided, chain) if person is None else partial(check_may_vote, request, chain, person)
    return [
        _action("approve", may_vote, lambda: _approve_effect(request, chain)),
        _action("reject", may_vote, lambda: _reject_effect(chain)),
        _action("comment", running, lambda: "adds a comment, decides nothing"),
        _action("withdraw", partial(_check_withdraw, request, chain, person), lambda: _withdraw_effect(request)),
    ]


LABELS = {"approve": "Approve", "reject": "Reject", "comment": "Comment", "withdraw": "Withdraw"}


def _action(name: str, check: Callable[[], None], effect: Callable[[], str]) -> Action:
    try:
        check()
    except ApplicationError as error:
        return Action.illegal(name, LABELS[name], error.message)
    return Action.legal(name, LABELS[name], effect())


def _check_withdraw(request: ApprovalRequest, chain: Chain, person: str | None) -> None:
    check_running(chain)
    if person is not None:
        check_requester(request, person)


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


def _withdraw_effect(request: ApprovalRequest) -> str:
    return f"takes the request of {request.requester} back for good"
