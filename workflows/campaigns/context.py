"""What handlers ask Temporal about their call, and what its errors say."""

from temporalio import workflow
from temporalio.exceptions import ActivityError


def update_id() -> str:
    """Return the ID of the update that is being handled."""
    update = workflow.current_update_info()
    if update is None:
        raise RuntimeError("only an update handler has an update ID")
    return update.id


def root_of(error: ActivityError) -> str:
    """Return the original error of an activity, without Temporal's wrappers."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause)
