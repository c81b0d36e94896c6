"""The company's approval policy: the levels of a request that brings none of its own.

The requester's manager (the chief executive has none), then any one of group ``hr``; an expense or a purchase of
1,000.00 or more, in its own currency, needs any one of ``directors`` as well. A kind that it does not know is refused,
never given the short chain.
"""

from decimal import Decimal

from workflows.approvals.level_models import Level
from workflows.approvals.models import ApprovalRequest, Refusals
from workflows.approvals.wording import both
from workflows.shared.money import decimals
from workflows.shared.refusals import Refusal

GROUP = "group:"
KINDS = ("leave", "expense", "hire", "purchase")
"""Kinds that it knows, in whatever case."""
SPENDING = frozenset({"expense", "purchase"})
DIRECTORS_FROM = Decimal("1000.00")
"""In the currency's major unit."""


def policy_levels(request: ApprovalRequest, manager: str | None) -> list[Level]:
    """Return the levels for ``request``, whose requester reports to ``manager``.

    Raises ``InvalidRequest`` for a kind that the policy does not know.
    """
    if request.kind.casefold() not in KINDS:
        words = f"unknown kind {request.kind}: the policy knows {both(KINDS)}; others bring their own levels"
        raise Refusal(Refusals.INVALID_REQUEST, words, "kind").error
    levels = [Level(name="manager", approvers=[manager])] if manager is not None else []
    levels.append(Level(name="hr", approvers=[f"{GROUP}hr"]))
    if needs_directors(request):
        levels.append(Level(name="directors", approvers=[f"{GROUP}directors"]))
    return levels


def needs_directors(request: ApprovalRequest) -> bool:
    """Return whether the amount needs a director."""
    if request.kind.casefold() not in SPENDING or request.amount is None or request.currency is None:
        return False
    return Decimal(request.amount).scaleb(-decimals(request.currency)) >= DIRECTORS_FROM
