"""How the rules say no: a ``why_not_…`` function returns a refusal or None, and :func:`refuse` raises it."""

from typing import Any, NamedTuple

from temporalio.exceptions import ApplicationError

INVALID_REQUEST = "InvalidRequest"
"""Kind of the refusal of an input in which a field is missing, unknown or wrong."""

ALREADY_DONE = "AlreadyDone"
"""Kind of the refusal to start a business item that is finished."""

NOT_ELIGIBLE = "NotEligible"
"""Kind of the refusal of somebody who may not do that."""

PERSONAL = frozenset({NOT_ELIGIBLE, "SelfApproval", "DuplicateVote"})
"""Kinds of refusals that are about who asks: somebody else may be allowed."""


class Refusal(NamedTuple):
    """Why something may not be done now."""

    kind: str
    """For programs, such as ``NotEligible``."""
    words: str
    """One line for people."""
    field: str = ""
    """The field that could be right, such as ``audience.name``, where it is not in the words."""
    details: tuple[Any, ...] = ()
    """More for programs, as JSON."""

    @property
    def error(self) -> ApplicationError:
        """The error that refuses an update or fails a start, with field and details; a retry would not help."""
        details = [*([self.field] if self.field else []), *self.details]
        return ApplicationError(self.words, *details, type=str(self.kind), non_retryable=True)


def refuse(why_not: Refusal | None) -> None:
    """Raise the refusal, if there is one, as an ``ApplicationError`` of its kind."""
    if why_not is not None:
        raise why_not.error
