"""Steps that the store refuses, since what they need was undone before, perhaps by a run that a reset has lost."""

from temporalio.exceptions import ActivityError, ApplicationError

from workflows.orders.views.attention import Attention

UNDONE = "Undone"
"""Type of the failure of such a step; its detail is the attention code."""


def undone_as(error: ActivityError) -> Attention | None:
    """Return the attention code of a step that was refused so, or None if it failed otherwise."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == UNDONE:
        return Attention(cause.details[0])
    return None
