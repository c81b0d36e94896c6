"""What handlers ask Temporal about their call."""

from datetime import datetime

from temporalio import workflow

from workflows.runtime.server_clock import SERVER_CLOCK


def time_of_query() -> datetime:
    """Return the time of a query.

    In a query ``workflow.now()`` is the time of the last workflow task, which may be days ago; a cap that was full then
    may be free now. A query is not replayed, so it may read a clock.
    """
    return max(workflow.now(), SERVER_CLOCK.now())


def update_id() -> str:
    """Return the ID of the update that is being handled."""
    update = workflow.current_update_info()
    if update is None:
        raise RuntimeError("only an update handler has an update ID")
    return update.id
