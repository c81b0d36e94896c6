"""How the rules say no."""

from temporalio.exceptions import ApplicationError

from workflows.approvals.models import Refusals


def refusal(kind: Refusals, message: str) -> ApplicationError:
    """Return the error that refuses an update, or a start, with one line for people; a retry would not help."""
    return ApplicationError(message, type=kind.value, non_retryable=True)
