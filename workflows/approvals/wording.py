"""Phrases of the approvals system: lists of people, and what a request is about."""

from collections.abc import Sequence

from workflows.approvals.models import ApprovalRequest
from workflows.shared.money import format_money

MAX_NAMES = 6
"""People named in one line; the others are counted."""


def both(people: Sequence[str]) -> str:
    """Return ``chen and emeka``."""
    return _listed(_short(people), "and")


def some(missing: int, people: Sequence[str]) -> str:
    """Return who of ``people`` must still act when ``missing`` of them suffice: ``2 of ana, ben and chen``."""
    if missing >= len(people):
        return both(people)
    return _listed(_short(people), "or") if missing == 1 else f"{missing} of {both(people)}"


def skipped_words(level: str, barred: Sequence[str]) -> str:
    """Return why nobody decides a level; ``barred`` are its approvers."""
    vote = "votes" if len(barred) == 1 else "vote"
    return f"level {level} is skipped: {both(barred)} {vote} on an earlier level, and nobody has two votes"


def passed_words(level: str, carried: Sequence[str]) -> str:
    """Return by whose earlier approval a level is passed."""
    vote = "approval" if len(carried) == 1 else "approvals"
    return f"level {level} is skipped: the {vote} of {both(carried)} on an earlier level counts here, too"


def count_of(number: int, noun: str) -> str:
    """Return ``1 approval`` or ``2 approvals``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def money_of(request: ApprovalRequest) -> str | None:
    """Return the request's amount for people, such as ``$1,840.00``; None when it has none."""
    if request.amount is None or request.currency is None:
        return None
    return format_money(request.amount, request.currency)


def about(request: ApprovalRequest) -> str:
    """Return the kind of request, what it costs, and whose it is: ``expense of $1,840.00 by ana``."""
    money = money_of(request)
    return f"{request.kind} of {money} by {request.requester}" if money else f"{request.kind} by {request.requester}"


def _listed(names: Sequence[str], word: str) -> str:
    *most, last = names or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def _short(people: Sequence[str]) -> list[str]:
    if len(people) <= MAX_NAMES:
        return list(people)
    return [*people[:MAX_NAMES], f"{len(people) - MAX_NAMES} others"]
